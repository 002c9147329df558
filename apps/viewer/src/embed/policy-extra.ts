/**
 * What the policy of an episode adds to board and transport: overlays and highlights, why this action, and
 * a person who takes over and hands back to it. What takes policies of several ages is not here, but said.
 */
import { Branches } from "../branches.js";
import { Insight } from "../insight.js";
import type { Command, ToolName } from "../model/keys.js";
import { passingBranchStore } from "../net/branch-store.js";
import { policyContinuation } from "../policy/continuation.js";
import { type HostOptions, PolicyHost } from "../policy/host.js";
import { TakeOver } from "../takeover.js";
import { branchBar } from "../ui/branch-bar.js";
import { h, setAttribute } from "../ui/dom.js";
import { highlightMarks } from "../ui/highlight-marks.js";
import { icon } from "../ui/icons.js";
import { insightView } from "../ui/insight-view.js";
import { targetOf } from "../ui/key-focus.js";
import { nextAction } from "../ui/next-action.js";
import { overlayMenu } from "../ui/overlay-menu.js";
import { playView } from "../ui/play-view.js";
import { rewardPops } from "../ui/reward-pops.js";
import { saliencyMap } from "../ui/saliency-map.js";
import { toast } from "../ui/toast.js";
import { valueCurve } from "../ui/value-curve.js";
import { whyView } from "../ui/why-view.js";
import { Why } from "../why.js";
import type { Around, PlayerExtra } from "./player.js";

/** What a policy adds, and its parts for those who look into them. */
export interface PolicyExtra extends PlayerExtra {
  readonly insight: Insight;
  readonly takeOver: TakeOver;
  readonly branches: Branches;
  /** The theme has changed. */
  restyle(): void;
}

/** Why a tool of the page is not here; undefined where it is. */
const missing: Readonly<Record<ToolName, string | undefined>> = {
  why: undefined,
  time: "The time machine needs policies of several ages; there is one here.",
  compare: "Boards side by side need several policies; there is one here.",
  duel: "A duel is rated by policies of all ages; there is one here. P takes over and plays.",
};

/** What keys do while a person plays; the others would end the play by accident. */
const WHILE_PLAYING: ReadonlySet<Command["type"]> = new Set([
  ...(["takeover", "toggle", "help", "theme", "overlay"] as const),
]);

/** Commands that a policy carries out; of tools those that are here, of the others it says why not. */
const OWN: ReadonlySet<Command["type"]> = new Set([
  ...(["overlay", "highlight", "takeover", "branches", "tool"] as const),
]);

/** Whether a command needs the policy, and is carried out with it. */
export function isOfPolicy(command: Command): boolean {
  const isMissing = command.type === "tool" && missing[command.name] !== undefined;
  return OWN.has(command.type) && !isMissing;
}

/** The way to the desk that runs the policy, and the game's module where it came with the episode. */
export type Desks = Pick<HostOptions, "open" | "gameCode">;

export function policyExtra(around: Around, { open, gameCode }: Desks): PolicyExtra {
  const { stage, session, canvas, wake, send, signal } = around;
  const host = new PolicyHost({
    run: () => session.facts,
    fetch: (entry) => session.policy(entry),
    address: location.href,
    ...{ gameCode, open },
  });
  signal.addEventListener("abort", () => host.dispose());
  const insight = new Insight(stage, session, host, wake);
  const branches = new Branches(session, passingBranchStore, wake);
  const takeOver = new TakeOver(stage, session, branches, wake);
  takeOver.continuation = policyContinuation(host, () => session.policies);
  const why = new Why(session, stage, host, wake);
  const menu = overlayMenu(insight, stage, send);
  const button = whyButton(why, send);
  const panel = insightView(insight, stage);
  const card = whyView(why, stage, insight);
  const bar = branchBar(branches, stage, session);
  const word = toast();
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", panel.restyle, { signal });
  const curves = [valueCurve(insight, stage), highlightMarks(insight, stage)];
  const path = {
    draw: why.draw.bind(why),
    get revision() {
      return why.revision;
    },
    get isOn() {
      return why.hasPath;
    },
  };
  let play: ReturnType<typeof playView> | undefined;

  const carryOut = (command: Command): void => {
    if (command.type === "overlay") insight.toggle(command.name);
    else if (command.type === "highlight") insight.jumpTo(command.by);
    else if (command.type === "takeover") takeOver.toggle();
    else if (command.type === "branches") bar.next();
    else if (command.type === "tool" && command.name === "why") why.toggle();
    else if (command.type === "tool") word.say(missing[command.name] ?? "");
  };
  return {
    ...{ insight, takeOver, branches, carryOut, restyle: panel.restyle },
    onStage: {
      layers: [
        saliencyMap(insight),
        rewardPops(insight, stage, session),
        nextAction(insight, stage),
      ],
      ...{ pictures: [path], standIns: [], below: [panel.root, card.root] },
    },
    onTransport: { layers: curves, tools: [menu.root, button.root], takesOver: true },
    elements: () => {
      play = playView({ takeOver, stage, canvas, signal }); // it lies on the board
      return { between: [play.root, bar.root], after: [word.root] };
    },
    tick: (seconds) => {
      branches.update();
      takeOver.tick(seconds);
      why.update();
    },
    update: () => {
      insight.update();
      for (const view of [panel, card, menu, button, bar]) view.update();
      play?.update();
    },
    leave: () => {
      takeOver.abandon();
      branches.forget();
    },
    onKey: (event) => targetOf(event)?.closest("dialog") == null && play?.onKey(event) === true,
    knows: ({ type }) => OWN.has(type),
    allows: ({ type }) => takeOver.controls === undefined || WHILE_PLAYING.has(type),
  };
}

function whyButton(why: Why, send: (command: Command) => void) {
  const kind = { class: "round", type: "button", "aria-pressed": "false" };
  const names = { "aria-label": "Why this action", title: "Why this action (Y)" };
  const onclick = () => send({ type: "tool", name: "why" });
  const root = h("button", { ...kind, ...names, onclick }, icon("fork"));
  return { root, update: () => setAttribute(root, "aria-pressed", String(why.on)) };
}
