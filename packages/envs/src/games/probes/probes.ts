/**
 * Probe games: each is trivial and isolates one class of mistakes in a learning algorithm, so that
 * the first probe that fails says where to look. They are found by `findGame("probe:...")` but not
 * listed among the games.
 *
 *   probe           decisions  observation   reward                      what fails if not learned
 *   constant        1          0             always 1                    value loss, optimiser
 *   observation     1          -1 or 1       the observation             value from the observation
 *   delay           3          0, 0.5, 1     1 with the last decision    discounting, bootstrapping
 *   action          1          0             1 for action 1, else -1     policy loss, advantage
 *   match           1          -1 or 1       1 if both are low or high,  observation and action of a
 *                                            else -1                     step belong together
 *   truncation      cut at 10  0             always 1, for ever          time limits: the value must
 *                                                                        go to 1 / (1 - gamma)
 *   identity        16         1 of 4        1 if the action is the      ... among many steps of one
 *                                            one seen                    episode: rollouts, replay
 *   memory          3 or 11    a cue, then   1 if the last action fits   hidden states: carried on,
 *                              0; the time   the cue, else -1            begun anew, trained through
 *   mask            4          1 of 9; the   1 for the right one of 8    masks: in play, in the loss,
 *                              time          allowed of 72 actions       with the next step's values
 *   multi-discrete  1          what is       share of right choices      each entry has logits of its
 *                              right                                     own; their log-probs add up
 *   multi-binary    1          what is       share of right switches     the same with switches
 *                              right
 *   continuous      1          -1 to 1       -(action - half of it)^2    log-probs of a density, its
 *                                                                        width, squashing
 *   continuous-2d   1          -1 or 1       -(distance to a target)^2   scaling to bounds that are not
 *                                                                        -1 and 1, clipping
 *   continuous-     3          0, 0.5, 1     as delay                    discounting of critics of
 *     delay                                                              actions
 *   continuous-     cut at 10  0             as truncation               time limits in replay
 *     truncation
 *
 * Where nothing else is said, actions are 0 and 1. Only the truncation probes never end by their rules.
 * Version history: 1, the first.
 *
 * Not here: the rules as code (the other files of this folder).
 */
import { defineGame, type GameDefinition } from "../../game.js";
import { BasicProbe } from "./basic.js";
import { ChoicesProbe } from "./choices.js";
import { ContinuousProbe } from "./continuous.js";
import { IdentityProbe } from "./identity.js";
import { MaskProbe } from "./mask.js";
import { memoryProbe } from "./memory.js";

/** The probe games, in the order in which to try them. */
export const probes: readonly GameDefinition[] = [
  defineGame(() => new BasicProbe("constant")),
  defineGame(() => new BasicProbe("observation")),
  defineGame(() => new BasicProbe("delay")),
  defineGame(() => new BasicProbe("action")),
  defineGame(() => new BasicProbe("match")),
  defineGame(() => new BasicProbe("truncation")),
  defineGame(() => new IdentityProbe()),
  memoryProbe,
  defineGame(() => new MaskProbe()),
  defineGame(() => new ChoicesProbe("multi-discrete")),
  defineGame(() => new ChoicesProbe("multi-binary")),
  defineGame(() => new ContinuousProbe("continuous")),
  defineGame(() => new ContinuousProbe("continuous-2d")),
  defineGame(() => new ContinuousProbe("continuous-delay")),
  defineGame(() => new ContinuousProbe("continuous-truncation")),
];
