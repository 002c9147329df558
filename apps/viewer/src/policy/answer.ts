/** The work that answers a question, whichever it is. */
import type { RunPolicy } from "./agent.js";
import { assess } from "./assess.js";
import { play } from "./play.js";
import type { Assessed, Played, Question, Thoughts } from "./protocol.js";

/** Begins to answer: parts come out while it works, the result at its end. */
export function answer(
  policy: RunPolicy,
  question: Question,
): Generator<Thoughts | undefined, Assessed | Played> {
  switch (question.kind) {
    case "assess":
      return assess(policy, question.script);
    case "play":
      return play(policy, question.options);
    default:
      return question satisfies never;
  }
}
