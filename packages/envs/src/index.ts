/** The public names of @carom/envs. */

export { ActionViews } from "./action-views.js";
export {
  type CheckGameOptions,
  type CheckResult,
  checkGame,
  type GameReport,
} from "./conformance/check-game.js";
export { EnvError, type EnvErrorCode } from "./errors.js";
export { FaultKeeper, type FaultPlace, type FaultPolicy, faultText } from "./faults.js";
export {
  type Action,
  type ActionSpace,
  assertRunning,
  type BoardSize,
  type BoxActions,
  type Canvas,
  chooseVariant,
  type DiscreteActions,
  defineGame,
  forFirstPlayer,
  type Game,
  type GameDefinition,
  type GameSpec,
  type MultiBinaryActions,
  type MultiDiscreteActions,
  type ObservationSpec,
  specOf,
} from "./game.js";
export { gameOf } from "./game-of.js";
export { type Key, key, keyFromWords } from "./key.js";
export { LocalVectorEnv, type Observer, type VectorEnvOptions } from "./local-env.js";
export { cos, sin } from "./math.js";
export type { ReplayPictures } from "./pictures/pictures.js";
export { recordedGame } from "./pictures/recorded-game.js";
export { PixelCanvas } from "./pixels/canvas.js";
export { digitEdges, digitRows } from "./pixels/digits.js";
export { type PixelObserver, pixelObserver } from "./pixels/observer.js";
export { boardWindow, type PixelFormat, type PixelOptions, pixelFormat } from "./pixels/options.js";
export type { Window } from "./pixels/outline.js";
export { nextBelow, nextFloat, nextUint32, seedRandom } from "./random.js";
export { findGame, games } from "./registry.js";
export {
  decodeReplay,
  encodeReplay,
  type Json,
  makeReplay,
  type PlayedEpisode,
  type Replay,
  type ReplayOptions,
} from "./replay.js";
export { type ReplayCheck, ReplayPlayer } from "./replay-player.js";
export {
  type ActionArray,
  type ActionReader,
  type ActionWriter,
  actionArray,
  actionBytes,
  actionProblem,
  actionReader,
  actionWidth,
  actionWriter,
  assertAction,
  containsAction,
  observationProblem,
  sampleAction,
} from "./spaces.js";
export {
  applyState,
  captureState,
  checksum,
  type FieldValue,
  type GameState,
  type TypedArray,
} from "./state.js";
export { asText, TextCanvas, type TextOptions } from "./text-canvas.js";
export type {
  CurrentEpisode,
  EpisodeRecord,
  Fault,
  ObservationArray,
  VectorEnv,
} from "./vector-env.js";
export type { VectorEnvState } from "./vector-state.js";
export { type ActionMaskOptions, actionMask } from "./wrappers/action-mask.js";
export { episodicLife } from "./wrappers/episodic-life.js";
export { flattenObservations } from "./wrappers/flatten.js";
export { type FrameSkipOptions, frameSkip } from "./wrappers/frame-skip.js";
export { type FrameStackOptions, frameStack } from "./wrappers/frame-stack.js";
export { type NoOpStartOptions, noOpStart } from "./wrappers/no-op-start.js";
export {
  type NormalizeObservationsOptions,
  normalizeObservations,
} from "./wrappers/normalize-observations.js";
export { type NormalizeReturnsOptions, normalizeReturns } from "./wrappers/normalize-returns.js";
export { type Opponent, type OpponentOptions, opponent } from "./wrappers/opponent.js";
export {
  type ClipRewardsOptions,
  clipRewards,
  type ScaleRewardsOptions,
  scaleRewards,
} from "./wrappers/rewards.js";
export { type StickyActionsOptions, stickyActions } from "./wrappers/sticky-actions.js";
export { type TimeLimitOptions, timeLimit } from "./wrappers/time-limit.js";
export {
  createVectorEnv,
  loadStatistics,
  saveStatistics,
  type WrappedEnvOptions,
  type WrapperSpec,
  wrapAll,
} from "./wrappers/wrap.js";
export { type SavedStatistics, type StatisticsSource, VectorWrapper } from "./wrappers/wrapper.js";
