/**
 * Control of the training: pause or resume, a checkpoint now, stop. Only where the trainer takes
 * requests and while there is something to control; stopping asks once more. What was asked is
 * answered by a word at the foot of the page and by the run's log (log-view.ts).
 */
import type { ControlVerb } from "@carom/runs/formats";
import { grouped } from "../model/format.js";
import type { Session } from "../session.js";
import { h, setAttribute } from "./dom.js";
import { icon, swapIcon } from "./icons.js";

export interface ControlView {
  /** The buttons, for the header. */
  readonly root: HTMLElement;
  /** The question before stopping. */
  readonly dialog: HTMLDialogElement;
  update(): void;
}

/** @param say tells the reader what came of it */
export function controlView(session: Session, say: (text: string) => void): ControlView {
  const state = {
    busy: false,
    /** Events that there were when a checkpoint was asked for here, until it is on the disk. */
    askedAt: undefined as number | undefined,
  };

  async function ask(verb: ControlVerb): Promise<void> {
    if (state.busy) return;
    state.busy = true;
    const before = session.events.length;
    try {
      const answer = await session.api.control(verb);
      if (verb === "save" && answer.accepted) state.askedAt = before;
      say(answer.message);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    } finally {
      state.busy = false;
    }
  }

  const holdIcon = icon("hold");
  const hold = h("button", { class: "round small", type: "button" }, holdIcon);
  hold.addEventListener("click", () => {
    void ask(session.facts?.status === "paused" ? "resume" : "pause");
  });
  const save = button("Save a checkpoint now", "save", () => void ask("save"));
  const dialog = stopQuestion(() => void ask("stop"));
  const stop = button("Stop the training", "stop", () => dialog.showModal());
  const root = h(
    "div",
    { class: "control", role: "group", "aria-label": "Training", hidden: true },
    ...[hold, save, stop],
  );

  const update = () => {
    root.hidden = !session.control.available || !session.isUnderWay;
    const isPaused = session.facts?.status === "paused";
    const name = isPaused ? "Resume the training" : "Pause the training";
    setAttribute(hold, "aria-label", name);
    setAttribute(hold, "title", name);
    swapIcon(holdIcon, isPaused ? "go" : "hold");
    if (state.askedAt === undefined) return;
    const saved = session.events.slice(state.askedAt).find(({ kind }) => kind === "saved");
    if (!saved) return;
    state.askedAt = undefined;
    say(`Checkpoint saved at step ${grouped(saved.steps)}.`);
  };
  return { root, dialog, update };
}

function button(name: string, face: "save" | "stop", onclick: () => void): HTMLButtonElement {
  const attributes = { class: "round small", type: "button", "aria-label": name, title: name };
  return h("button", { ...attributes, onclick }, icon(face));
}

/** Asks before the training ends. */
function stopQuestion(stop: () => void): HTMLDialogElement {
  const close = () => dialog.close();
  const yes = h("button", { class: "answer strong", type: "button" }, "Stop and save");
  yes.addEventListener("click", () => {
    close();
    stop();
  });
  const no = h("button", { class: "answer", type: "button", onclick: close }, "Keep training");
  const dialog = h(
    "dialog",
    { class: "question", "aria-labelledby": "stop-title", "aria-describedby": "stop-text" },
    h("h2", { id: "stop-title" }, "Stop the training?"),
    h(
      "p",
      { id: "stop-text" },
      "A checkpoint is saved first. The run can go on later with carom train --resume.",
    ),
    h("div", { class: "question-answers" }, no, yes),
  );
  return dialog;
}
