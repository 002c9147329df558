/**
 * The dialog that lets an episode travel: a link to the moment, the episode as one HTML file, a
 * range of it as a GIF or a film, the board as a picture. Not here: how they are made (share/).
 */
import { encodeReplay } from "@carom/envs";
import { fileSize } from "../model/format.js";
import { fileName } from "../model/share-range.js";
import type { KeptPolicy } from "../policy/protocol.js";
import type { Session } from "../session.js";
import type { ClipOptions } from "../share/clip.js";
import type { ClipKind, ExportTask } from "../share/export-worker.js";
import { type Export, startExport, stoppable } from "../share/exporter.js";
import { replayPage } from "../share/replay-page.js";
import type { RecordedShow, Stage } from "../stage.js";
import { h, setText } from "./dom.js";
import { download } from "./export.js";
import { icon } from "./icons.js";
import { clipChoices, describe } from "./share-clip.js";
import { aboutShow, type PolicyFile, pageChoice, policyPart } from "./share-page.js";
import { statusView } from "./share-status.js";

export interface ShareView {
  readonly root: HTMLDialogElement;
  toggle(): void;
  /** Once per frame: the stage goes on under the open dialog. */
  update(): void;
}

/** A picture shows the board twice as large as the stage. */
const PICTURE_SCALE = 2;
const TYPES = {
  ...{ html: "text/html", gif: "image/gif", webm: "video/webm", png: "image/png" },
} as const;

/** What the dialog needs from the page. */
export interface ShareParts {
  readonly stage: Stage;
  readonly session: Session;
  /** Puts the moment on the clipboard; whether that worked. */
  readonly copyLink: () => Promise<boolean>;
  /** Whether the files of the viewer's own page can be had, of which a one-file replay is made. */
  readonly hasPlayer: boolean;
  /** Bytes of a policy that goes into a file. */
  readonly policyFile: PolicyFile;
  /** CSS pixels of the longer side of the board on the stage. */
  readonly boardSide: () => number;
}

export function shareView(parts: ShareParts): ShareView {
  const status = statusView();
  const what = h("p", { class: "hint" });
  const clip = clipChoices(() => refresh());
  const button = (text: string, onclick: () => void) =>
    h("button", { class: "plain", type: "button", onclick }, text);
  const link = button("Copy link", async () => {
    const copied = await parts.copyLink();
    status.say(copied ? "The link is on the clipboard." : "The link is in the address bar.");
  });
  const page = button("Save HTML", () => run("html"));
  const choice = pageChoice(parts.session, () => refresh());
  const film = button("Save", () => run(clip.kind()));
  const picture = button("Save PNG", () => run("png"));
  const close = h(
    "button",
    { class: "round small", type: "button", "aria-label": "Close", onclick: () => root.close() },
    icon("close"),
  );
  const root = h(
    "dialog",
    { class: "help share", "aria-label": "Share" },
    h("header", { class: "panel-head" }, h("h2", {}, "Share"), close),
    row("This moment", "Opens paused, while the run is served.", link),
    parts.hasPlayer ? row("The episode", choice.hint, choice.root, page) : undefined,
    row("A film", what, clip.root, film),
    row("The board", "As it is now, twice as large.", picture),
    status.root,
  );
  root.addEventListener("click", (event) => {
    if (event.target === root) root.close();
  });
  const buttons = [page, film, picture];
  /** What the dialog tells of. */
  let told: readonly unknown[] = [];

  /** The episode on the stage, if it is one that is kept. */
  const recorded = (): RecordedShow | undefined =>
    parts.stage.show?.kind === "recorded" ? parts.stage.show : undefined;

  const present = () => {
    const { stage, session } = parts;
    return [stage.show, stage.step, session.policies, session.listedPolicies];
  };

  function refresh(): void {
    const show = recorded();
    told = present();
    choice.update(show);
    for (const one of buttons) one.disabled = show === undefined || status.isBusy;
    if (!show) {
      setText(what, "Only episodes that have ended and were kept can be saved.");
      return;
    }
    const { message, fits } = describe(show, clip.options(parts.stage));
    setText(what, message);
    film.disabled ||= !fits;
  }

  async function run(kind: ClipKind | "html"): Promise<void> {
    refresh(); // the choice is of what is on the stage now
    const show = recorded();
    if (!show || status.isBusy) return;
    const { run: id = "", name: called } = aboutShow(show, parts.session);
    const name = fileName(id, called ?? `Episode ${show.entry.episode + 1}`, kind);
    try {
      const making = kind === "html" ? pageOf(show, parts, choice.policy) : filmOf(kind, show);
      status.begin(name, making);
      refresh();
      const file = new Blob([await making.done], { type: TYPES[kind] });
      download(name, file);
      status.end(`Saved ${name}, ${fileSize(file.size)}.`);
    } catch (error) {
      status.end((error as Error).message);
    }
    refresh();
  }

  const filmOf = (kind: ClipKind, show: RecordedShow) =>
    startExport(clipTask(kind, show, parts, clip.options(parts.stage)), status.progress);

  const toggle = () => {
    if (root.open) {
      root.close();
      return;
    }
    if (parts.hasPlayer) choice.measure();
    refresh();
    status.say("");
    root.showModal();
  };
  const update = () => {
    const now = present();
    if (root.open && now.some((one, i) => one !== told[i])) refresh();
  };
  return { root, toggle, update };
}

/** What makes a film of a range, or a picture of the board as it is. */
function clipTask(
  kind: ClipKind,
  show: RecordedShow,
  { stage, session, boardSide }: ShareParts,
  options: ClipOptions,
): ExportTask {
  const still = { from: stage.step, to: stage.step, side: PICTURE_SCALE * boardSide() };
  return {
    ...{ kind, replay: encodeReplay(show.replay) },
    gameAddress: session.gameAddress,
    recorded: show.instead !== undefined,
    clip: kind === "png" ? { ...options, ...still } : options,
  };
}

/** The one-file page of an episode. */
function pageOf(
  show: RecordedShow,
  { session, stage, policyFile }: ShareParts,
  entry: KeptPolicy | undefined,
): Export<string> {
  const { step } = stage; // both as they are now: the stage goes on while the file is made
  const about = aboutShow(show, session);
  const make = async () => {
    const [policy, game] = await Promise.all([
      entry && policyPart(entry, session, policyFile),
      session.gameCode(),
    ]);
    return replayPage(await session.player({ policy }), {
      ...{ title: show.player.game.spec.title, step, replay: encodeReplay(show.replay) },
      ...about,
      ...(game ? { game } : {}),
      ...(policy ? { policy } : {}),
    });
  };
  return stoppable(make());
}

/** A line of the dialog: what it is about, and what can be done. */
function row(title: string, hint: string | HTMLElement, ...controls: HTMLElement[]): HTMLElement {
  const about = typeof hint === "string" ? h("p", { class: "hint" }, hint) : hint;
  return h("section", { class: "share-row" }, h("div", {}, h("h3", {}, title), about), ...controls);
}
