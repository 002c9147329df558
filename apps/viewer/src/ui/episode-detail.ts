/**
 * Where the episode on the stage comes from: its seed, and the kept policy that was the newest when
 * it ended; of a run without policies the nearest checkpoint.
 */
import { ofAge } from "../model/ages.js";
import { type EpisodeEntry, nearestStep } from "../model/episodes.js";
import { grouped } from "../model/format.js";
import type { Session } from "../session.js";
import { h, setAttribute, setText } from "./dom.js";
import { icon, swapIcon } from "./icons.js";

/** Milliseconds for which the list of checkpoints holds. */
const HOLDS = 10_000;

export interface EpisodeDetail {
  readonly root: HTMLElement;
  update(entry: EpisodeEntry | undefined): void;
}

/** @param wake called when something came that is to be shown */
export function episodeDetail(session: Session, wake: () => void): EpisodeDetail {
  const seed = copyable("seed");
  const policy = copyable("policy\u2019s step");
  const root = h("div", { class: "episode-detail", hidden: true }, seed.root, policy.root);
  let steps: readonly number[] = [];
  let askedAt = Number.NEGATIVE_INFINITY;

  async function ask(): Promise<void> {
    askedAt = performance.now();
    try {
      steps = await session.api.checkpoints();
    } catch {
      steps = []; // the trainer is away: the seed is enough to play the episode again
    }
    wake();
  }

  const update = (entry: EpisodeEntry | undefined) => {
    root.hidden = entry === undefined;
    if (!entry) return;
    seed.show(String(entry.seed), `Seed ${entry.seed}`);
    const { policies } = session;
    const newest = ofAge(policies, entry.steps);
    if (!newest && performance.now() - askedAt > HOLDS) void ask();
    const nearest = newest?.steps ?? nearestStep(steps, entry.steps);
    policy.root.hidden = nearest === undefined;
    if (nearest === undefined) return;
    policy.show(String(nearest), `${newest ? "Policy" : "Checkpoint"} ${grouped(nearest)}`);
  };
  return { root, update };
}

/** A text with a button that copies what is behind it. */
function copyable(what: string) {
  const text = h("span", { class: "figure" });
  const face = icon("copy");
  const name = `Copy the ${what}`;
  const button = h(
    "button",
    { class: "round small", type: "button", "aria-label": name, title: name },
    face,
  );
  let value = "";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(value);
    } catch {
      return; // the text can be marked and copied by hand
    }
    swapIcon(face, "check");
    window.setTimeout(() => swapIcon(face, "copy"), 1500);
  });
  const root = h("span", { class: "copyable" }, text, button);
  const show = (next: string, label: string) => {
    value = next;
    setText(text, label);
    setAttribute(text, "title", label);
  };
  return { root, show };
}
