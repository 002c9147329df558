/**
 * The page: makes the parts, connects them, and runs the one loop that moves time on. The loop
 * sleeps when nothing moves and while the page is hidden; everything that changes anything calls
 * `wake`.
 */
import { AddressBar } from "./address-bar.js";
import { BranchValues } from "./branch-values.js";
import { Branches } from "./branches.js";
import { Comparison } from "./comparison.js";
import type { Surface } from "./draw/surface.js";
import { FollowBest } from "./follow-best.js";
import { Insight } from "./insight.js";
import type { ParentRef } from "./model/branches.js";
import { FrameClock } from "./model/clock.js";
import { type EpisodeEntry, neighbour } from "./model/episodes.js";
import { bindings, type Command, commandOf } from "./model/keys.js";
import type { Moment } from "./model/permalink.js";
import { openApi } from "./net/api.js";
import { browserBranchStore } from "./net/branch-store.js";
import { OtherPolicies } from "./other-policies.js";
import { paletteItems } from "./palette-items.js";
import { policyContinuation } from "./policy/continuation.js";
import { PolicyHost } from "./policy/host.js";
import { moduleWorker } from "./policy/module-worker.js";
import type { KeptPolicy } from "./policy/protocol.js";
import { PolicyTools } from "./policy-tools.js";
import { RunList } from "./run-list.js";
import { Session } from "./session.js";
import { Stage } from "./stage.js";
import { TakeOver } from "./takeover.js";
import { type AlertsView, alertsView } from "./ui/alerts-view.js";
import { BranchesView } from "./ui/branches-view.js";
import { type ChartsView, chartsView } from "./ui/charts-view.js";
import { type ControlView, controlView } from "./ui/control-view.js";
import { h } from "./ui/dom.js";
import { EpisodesView } from "./ui/episodes-view.js";
import { type FactsView, factsView } from "./ui/facts-view.js";
import { GridView } from "./ui/grid-view.js";
import { type HeaderView, headerView } from "./ui/header-view.js";
import { type HelpView, helpView } from "./ui/help-view.js";
import { highlightMarks } from "./ui/highlight-marks.js";
import { type InsightView, insightView } from "./ui/insight-view.js";
import { belongsElsewhere, targetOf } from "./ui/key-focus.js";
import { type NarratorView, narratorView } from "./ui/narrator-view.js";
import { nextAction } from "./ui/next-action.js";
import { type OverlayMenu, overlayMenu } from "./ui/overlay-menu.js";
import { type PaletteView, paletteView } from "./ui/palette-view.js";
import { type PlayView, playView } from "./ui/play-view.js";
import { rewardPops } from "./ui/reward-pops.js";
import { saliencyMap } from "./ui/saliency-map.js";
import { type ShareView, shareView } from "./ui/share-view.js";
import { type StageView, stageView } from "./ui/stage-view.js";
import { type Tabs, tabs } from "./ui/tabs.js";
import { prefersStillness, toggleTheme, watchTheme } from "./ui/theme.js";
import { type Toast, toast } from "./ui/toast.js";
import { type ToolsMenu, toolsMenu } from "./ui/tools-menu.js";
import { type TransportView, transportView } from "./ui/transport-view.js";
import { valueCurve } from "./ui/value-curve.js";
import { type VitalsView, vitalsView } from "./ui/vitals-view.js";

/** All that is on the page. */
interface Views {
  readonly header: HeaderView;
  readonly alerts: AlertsView;
  readonly stage: StageView;
  readonly transport: TransportView;
  readonly vitals: VitalsView;
  readonly grid: GridView;
  readonly episodes: EpisodesView;
  readonly facts: FactsView;
  readonly charts: ChartsView;
  readonly help: HelpView;
  readonly control: ControlView;
  readonly toast: Toast;
  readonly overlays: OverlayMenu;
  readonly insight: InsightView;
  readonly share: ShareView;
  readonly play: PlayView;
  readonly branches: BranchesView;
  readonly panels: Tabs;
  readonly palette: PaletteView;
  readonly narrator: NarratorView;
  readonly toolsMenu: ToolsMenu;
}

/** What boards are drawn on. */
export interface Surfaces {
  readonly stage: Surface;
  readonly grid: Surface;
  /** Opens one more. */
  readonly open: () => Promise<Surface>;
}

/** Where the page lives: in a window of its own, or inside another page. */
export interface Home {
  /** Keys are heard in here. */
  readonly keys: Document | HTMLElement;
  /** Whether title and address of the window belong to the page. */
  readonly ownsWindow: boolean;
  /** Called after every frame. */
  readonly onFrame?: () => void;
}

export class Page {
  readonly session: Session;
  readonly stage: Stage;
  private readonly comparison: Comparison;
  private readonly others: OtherPolicies;
  /** What asks the run's policies; its worker starts with the first question. */
  readonly policies: PolicyHost;
  /** Overlays and what they show. */
  readonly insight: Insight;
  readonly branches: Branches;
  readonly takeOver: TakeOver;
  private readonly followBest: FollowBest;
  /** What is done with the policies beyond asking them. */
  readonly tools: PolicyTools;
  private readonly views: Views;
  private readonly addressBar: AddressBar;
  private readonly clock = new FrameClock();
  private readonly still = prefersStillness();
  private readonly home: Home;
  private readonly address: URL;
  private readonly surfaces: Surfaces;
  private readonly end = new AbortController();
  private request: number | undefined;

  constructor(address: URL, surfaces: Surfaces, home: Home = { keys: document, ownsWindow: true }) {
    this.home = home;
    this.address = address;
    this.surfaces = surfaces;
    const wake = () => this.wake();
    this.session = new Session(openApi(address), wake);
    this.stage = new Stage(this.session, wake);
    this.stage.smooth = !this.still;
    const runs = new RunList(this.session.api, () => this.session.facts?.id, wake);
    this.comparison = new Comparison(this.session.api, runs, wake);
    const others = new OtherPolicies(this.session, runs, wake);
    this.others = others;
    this.policies = new PolicyHost({
      run: () => this.session.facts,
      fetch: (entry) => this.policyFile(entry),
      address: address.href,
      open: moduleWorker,
    });
    this.insight = new Insight(this.stage, this.session, this.policies, wake);
    const overlays = {
      shown: () => [...this.insight.on],
      show: (names: readonly string[]) => this.insight.choose(names),
    };
    const boards = {
      shown: () => this.tools.sideBySide.shown(),
      show: (moment: Moment | undefined) => this.tools.sideBySide.show(moment),
    };
    this.addressBar = new AddressBar(this.stage, this.session, overlays, boards);
    this.branches = new Branches(this.session, browserBranchStore(), wake);
    this.takeOver = new TakeOver(this.stage, this.session, this.branches, wake);
    this.takeOver.continuation = policyContinuation(this.policies, () => this.session.policies);
    this.followBest = new FollowBest(this.session, this.stage);
    const { session, stage, policies: host, insight } = this;
    const { signal } = this.end;
    const { open } = surfaces;
    this.tools = new PolicyTools({ session, stage, others, host, insight, open, wake, signal });
    this.views = this.makeViews(surfaces);
  }

  /** The elements of the page, in their order. */
  elements(): readonly HTMLElement[] {
    const { header, alerts, stage, transport, vitals, grid, charts, help, share } = this.views;
    const { play, panels, palette, narrator, control, toast: word } = this.views;
    const { under } = this.tools;
    const first = h("div", { class: "first" }, stage.root, play.root, transport.root, ...under);
    const second = h("div", { class: "second" }, grid.root, panels.root);
    const desk = h("main", { class: "desk" }, first, second, charts.root, vitals.root);
    const above = [help.root, share.root, palette.root, narrator.root, control.dialog, word.root];
    return [header.root, alerts.root, desk, ...above];
  }

  /** Connects, and begins to react to the reader. */
  begin(): void {
    const { charts, insight } = this.views;
    const { keys, ownsWindow } = this.home;
    const { signal } = this.end;
    document.addEventListener("visibilitychange", () => this.onVisibility(), { signal });
    keys.addEventListener("keydown", (event) => this.onKey(event as KeyboardEvent), { signal });
    window.addEventListener("resize", () => this.wake(), { signal });
    watchTheme(() => {
      charts.restyle();
      insight.restyle();
      this.wake();
    }, signal);
    void document.fonts.ready.then(() => charts.restyle());
    this.stage.begin(ownsWindow ? this.addressBar.read() : undefined, this.still);
    if (ownsWindow) this.addressBar.listen(signal);
    this.askForBoards();
    this.session.connect();
    this.wake();
  }

  /** True while charts and list show all that is known. */
  get isUpToDate(): boolean {
    const { charts, episodes } = this.views;
    return !charts.isBehind() && !episodes.isBehind;
  }

  /** Disconnects, and reacts to nothing any more. */
  dispose(): void {
    this.end.abort();
    if (this.request !== undefined) cancelAnimationFrame(this.request);
    this.session.disconnect();
    this.comparison.dispose();
    this.others.rest();
    this.policies.dispose();
    this.surfaces.stage.destroy();
    this.surfaces.grid.destroy();
  }

  private makeViews(surfaces: Surfaces): Views {
    const { session, stage, insight, tools, takeOver, branches } = this;
    const send = (command: Command) => this.send(command);
    const open = (entry: EpisodeEntry) => this.open(entry);
    const narrator = narratorView(stage);
    const episodes = new EpisodesView(session, stage, open, () => this.wake());
    const find = (id: string) => branches.find(id);
    const values = new BranchValues(session, this.policies, find, () => this.wake());
    const tree = new BranchesView({
      ...{ session, stage, branches, values },
      onOpen: (branch) => stage.openBranch(branch, "playing"),
      onOpenParent: (parent) => this.openParent(parent),
    });
    const renderer = surfaces.stage.kind === "webgl" ? "PixiJS, WebGL" : "2-D canvas (no GPU)";
    const onChange = () => {
      this.askForBoards();
      this.wake();
    };
    const word = toast();
    const control = controlView(session, (text) => word.say(text));
    const overlays = overlayMenu(insight, stage, send);
    const menu = toolsMenu((name) => tools.isOn(name), send);
    const panel = insightView(insight, stage);
    const onBoard = [
      saliencyMap(insight),
      rewardPops(insight, stage, session),
      nextAction(insight, stage),
    ];
    const curves = [valueCurve(insight, stage), highlightMarks(insight, stage)];
    const onTimeline = [...curves, ...tools.onTimeline];
    const { pictures, standIns } = tools;
    const below = [panel.root, ...tools.below];
    const facts = factsView(session, this.comparison, renderer);
    const panels = tabs("Episodes, branches and run", [
      { title: "Episodes", body: episodes.root },
      { title: "Branches", body: tree.root },
      { title: "Run", body: facts.root },
    ]);
    const show = (title: string) => panels.show(title);
    return {
      ...{ overlays, insight: panel, toolsMenu: menu, control, toast: word },
      header: headerView(session, send, () => this.copyLink(), control.root),
      alerts: alertsView(session),
      stage: stageView(stage, session, surfaces.stage, {
        ...{ layers: onBoard, pictures, standIns, below },
      }),
      transport: transportView(stage, send, {
        layers: onTimeline,
        tools: [overlays.root, menu.root],
        takesOver: true,
      }),
      vitals: vitalsView(session),
      grid: new GridView({
        ...{ session, surface: surfaces.grid, held: this.still, onChange },
        onOpen: (board) => stage.openBoard(board),
        isOnStage: ({ watched }) => stage.show?.kind === "live" && stage.show.episode === watched,
        isBestFollowed: () => stage.bestFollowed,
        onFollowBest: () => this.send({ type: "follow-best" }),
      }),
      ...{ episodes, facts, branches: tree, panels, narrator },
      charts: chartsView(session, stage, this.comparison, open),
      help: helpView(bindings, narrator.toggleButton),
      share: shareView({
        ...{ stage, session, copyLink: () => this.copyLink(), hasPlayer: this.home.ownsWindow },
        policyFile: (entry) => this.policyFile(entry),
        boardSide: () =>
          Math.max(surfaces.stage.canvas.clientWidth, surfaces.stage.canvas.clientHeight),
      }),
      play: playView({ takeOver, stage, canvas: surfaces.stage.canvas, signal: this.end.signal }),
      palette: paletteView(() => paletteItems({ session, branches, stage, send, open, show })),
    };
  }

  /** Bytes of a policy of this run, or of one beside it. */
  private policyFile(entry: KeptPolicy): Promise<Uint8Array<ArrayBuffer>> {
    const { others, session } = this;
    return entry.run ? others.policy(entry, entry.run) : session.policy(entry);
  }

  /** Asks for a frame. */
  private wake(): void {
    if (this.request !== undefined || document.hidden || this.end.signal.aborted) return;
    this.request = requestAnimationFrame((now) => this.frame(now));
  }

  private frame(now: number): void {
    this.request = undefined;
    const { views, stage, session } = this;
    const seconds = this.clock.tick(now);
    this.branches.update();
    this.takeOver.tick(seconds);
    this.tools.tick(seconds);
    this.followBest.tick(seconds);
    const moved = stage.tick(seconds);
    this.insight.update();
    views.insight.update();
    views.stage.update(moved);
    this.tools.update();
    views.transport.root.hidden = this.tools.duel.on;
    views.grid.tick(seconds, stage.smooth);
    views.play.update();
    views.narrator.tick(seconds);
    views.transport.update();
    views.overlays.update();
    views.toolsMenu.update();
    views.header.update();
    views.control.update();
    views.alerts.update();
    views.vitals.update();
    views.episodes.update();
    views.branches.update();
    views.facts.update();
    views.charts.update(now);
    views.share.update();
    if (this.home.ownsWindow) {
      this.addressBar.follow();
      document.title = titleOf(session);
    }
    this.home.onFrame?.();
    const waits = session.link.phase === "waiting" || !this.isUpToDate;
    if (stage.isBusy || this.tools.isBusy || views.grid.isMoving || waits) this.wake();
    else this.clock.pause();
  }

  private send(command: Command): void {
    const { views, stage } = this;
    switch (command.type) {
      case "help":
        views.help.toggle();
        break;
      case "boards":
        views.grid.toggle();
        break;
      case "theme":
        toggleTheme();
        views.charts.restyle();
        views.insight.restyle();
        break;
      case "overlay":
        this.insight.toggle(command.name);
        break;
      case "highlight":
        this.insight.jumpTo(command.by);
        break;
      case "episode": {
        const next = neighbour(views.episodes.list, stage.episodeId, command.by);
        if (next) this.open(next);
        break;
      }
      case "tool":
        this.tools.toggle(command.name);
        break;
      case "age":
        if (!this.tools.age(command.by)) stage.dispatch({ type: "nudge", seconds: 2 * command.by });
        break;
      case "takeover":
        this.takeOver.toggle();
        break;
      case "branches":
        views.panels.show("Branches");
        break;
      case "follow-best":
        this.followBest.toggle();
        break;
      case "describe":
        views.narrator.toggle();
        break;
      case "palette":
        views.palette.toggle();
        break;
      case "export":
        views.share.toggle();
        break;
      default:
        stage.dispatch(command);
    }
    this.wake();
  }

  /** Opens what a branch left; an episode of the training that was not kept cannot be had. */
  private openParent({ kind, id }: ParentRef): void {
    const { session, stage, branches } = this;
    const branch = kind === "branch" ? branches.find(id) : undefined;
    const entry = kind === "episode" ? session.episodes.find((one) => one.id === id) : undefined;
    if (branch) stage.openBranch(branch, "playing");
    else if (entry) this.open(entry);
    else if (stage.show?.kind === "recorded" && stage.show.branch) stage.dispatch({ type: "live" });
  }

  private open(entry: EpisodeEntry): void {
    const { stage } = this;
    void stage.open(entry, stage.state.mode === "paused" ? "paused" : "playing");
  }

  /** Puts the address of the moment on the stage on the clipboard, and into the address bar where that is the page's. */
  private async copyLink(): Promise<boolean> {
    const { addressBar, home, address } = this;
    const link = home.ownsWindow ? addressBar.writeNow() : addressBar.linkAt(address);
    try {
      await navigator.clipboard.writeText(link);
      return true;
    } catch {
      return false; // the address bar has it all the same
    }
  }

  private askForBoards(): void {
    this.session.want(document.hidden ? 0 : this.views.grid.wanted);
  }

  private onVisibility(): void {
    this.clock.pause();
    this.askForBoards();
    this.wake();
  }

  private onKey(event: KeyboardEvent): void {
    const isPalette = commandOf(event)?.type === "palette";
    if (!isPalette && belongsElsewhere(event)) return;
    if (!isInDialog(event) && (this.views.play.onKey(event) || this.tools.onKey(event))) {
      this.wake();
      return;
    }
    const command = commandOf(event);
    if (!command || (this.takeOver.controls && !WHILE_PLAYING.has(command.type))) return;
    if (this.tools.duel.on && !DURING_DUEL.has(command.type)) return;
    event.preventDefault();
    this.send(command);
  }
}

/** The title of the window. */
function titleOf({ facts, spec }: Session): string {
  return facts ? `${spec?.title ?? facts.game} \u00b7 Carom` : "Carom";
}

/** What the page's keys do while a person plays; the others would end the play by accident. */
const WHILE_PLAYING: ReadonlySet<Command["type"]> = new Set([
  ...(["takeover", "toggle", "help", "theme", "palette", "boards", "describe"] as const),
  "overlay",
]);

function isInDialog(event: KeyboardEvent): boolean {
  return targetOf(event)?.closest("dialog") != null;
}

/** What the page's keys do during a duel; the others would play with what is behind it. */
const DURING_DUEL: ReadonlySet<Command["type"]> = new Set([
  ...(["tool", "help", "theme", "boards", "palette"] as const),
]);
