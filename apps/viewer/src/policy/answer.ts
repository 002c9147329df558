/** The work that answers a question, whichever it is. */
import type { RunPolicy } from "./agent.js";
import { assess } from "./assess.js";
import { layersAt, saliencyAt } from "./look.js";
import { play } from "./play.js";
import type { Question, Result, Thoughts } from "./protocol.js";

/** Begins to answer: parts come out while it works, the result at its end. */
export function answer(
  policy: RunPolicy,
  question: Question,
): Generator<Thoughts | undefined, Result> {
  switch (question.kind) {
    case "assess":
      return assess(policy, question.script);
    case "play":
      return play(policy, question.options);
    case "layers":
      return layersAt(policy, question.script, question.step);
    case "saliency":
      return saliencyAt(policy, question.script, question.step);
    default:
      return question satisfies never;
  }
}
