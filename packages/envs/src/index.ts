/** The public names of @carom/envs. */
export {
  type CheckGameOptions,
  type CheckResult,
  checkGame,
  type GameReport,
} from "./conformance/check-game.js";
export { EnvError, type EnvErrorCode } from "./errors.js";
export {
  assertRunning,
  type BoardSize,
  type BoxActions,
  type Canvas,
  chooseVariant,
  type DiscreteActions,
  type Game,
  type GameDefinition,
  type GameSpec,
  type ObservationSpec,
} from "./game.js";
export { type Key, key, keyFromWords } from "./key.js";
export { cos, sin } from "./math.js";
export { nextBelow, nextFloat, nextUint32, seedRandom } from "./random.js";
export { findGame, games } from "./registry.js";
export {
  decodeReplay,
  encodeReplay,
  type Json,
  makeReplay,
  type PlayedEpisode,
  type Replay,
} from "./replay.js";
export { type ReplayCheck, ReplayPlayer } from "./replay-player.js";
export {
  applyState,
  captureState,
  checksum,
  type FieldValue,
  type GameState,
  type TypedArray,
} from "./state.js";
export { asText, TextCanvas, type TextOptions } from "./text-canvas.js";
export {
  type CurrentEpisode,
  type EpisodeRecord,
  VectorEnv,
  type VectorEnvOptions,
} from "./vector-env.js";
export type { VectorEnvState } from "./vector-state.js";
