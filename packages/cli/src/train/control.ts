/**
 * What viewers may ask of the training: checked against how it stands, passed on as flags, and
 * written down in the run folder and on the terminal, each with who asked. Not here: who may ask
 * (@carom/server), and what the training thread does with the flags (loop.ts).
 */
import type { Run } from "@carom/runs";
import type { ControlAnswer, ControlOrigin, ControlVerb } from "@carom/runs/formats";
import type { RunControl } from "@carom/server";
import { formatCount } from "../format.js";
import type { Flags } from "./protocol.js";

/** What control works with. */
export interface ControlParts {
  readonly run: Run;
  readonly flags: Flags;
  /** Env steps done, as far as is known. */
  readonly steps: () => number;
  /** Prints a line that stays. */
  readonly print: (line: string) => void;
}

/** Asks for things in the name of a viewer or of the terminal. */
export interface TrainingControl extends RunControl {
  /**
   * Asks as `request` does, in the name of whoever is given. A disk that cannot write the line down hinders
   * nothing: the run folder reports that (`onProblem`) and does not throw.
   */
  ask(verb: ControlVerb, by: ControlOrigin): ControlAnswer;
}

const lines: Readonly<Record<ControlVerb, string>> = {
  pause: "paused",
  resume: "going on",
  save: "saving a checkpoint",
  stop: "stopping: saving a checkpoint",
};

const answers: Readonly<Record<ControlVerb, string>> = {
  pause: "The training stands still after the iteration in progress.",
  resume: "The training goes on.",
  save: "A checkpoint will be saved after the iteration in progress.",
  stop: "A checkpoint will be saved, then the training ends.",
};

/** Control over one training thread. */
export function createControl({ run, flags, steps, print }: ControlParts): TrainingControl {
  const ask = (verb: ControlVerb, by: ControlOrigin): ControlAnswer => {
    const refusal = refusalOf(verb, flags);
    if (refusal !== undefined) return { accepted: false, message: refusal };
    run.addEvent({ kind: "control", verb, by, steps: steps() });
    if (by === "viewer") print(`${lines[verb]} at step ${formatCount(steps())}, asked by a viewer`);
    if (verb === "pause" || verb === "resume") flags.set("pause", verb === "pause" ? 1 : 0);
    else flags.set(verb, 1);
    return { accepted: true, message: answers[verb] };
  };
  return { ask, request: (verb) => ask(verb, "viewer") };
}

/** Why something makes no sense now. */
function refusalOf(verb: ControlVerb, flags: Flags): string | undefined {
  if (flags.get("stop") !== 0) return "The training is ending already.";
  const isPaused = flags.get("pause") !== 0;
  if (verb === "pause" && isPaused) return "The training stands still already.";
  if (verb === "resume" && !isPaused) return "The training is not paused.";
  if (verb === "save" && flags.get("save") !== 0) return "A checkpoint is asked for already.";
  return undefined;
}
