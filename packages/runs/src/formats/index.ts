/** @carom/runs/formats: the formats of a run, for browsers too (no node: module). */

export {
  decodeEpisodeEntry,
  decodeStoredEpisode,
  type EpisodeEntry,
  type EpisodeFacts,
  type EpisodeReason,
  episodeReasons,
  isEpisodeId,
  type StoredEpisode,
} from "./episodes.js";
export { FormatError } from "./errors.js";
export {
  decodeRunFacts,
  decodeRunManifest,
  type InitFromFacts,
  isRunId,
  type RunFacts,
  type RunManifest,
  type RunPrecision,
  type RunSetup,
  type RunStatus,
  runPrecisions,
  runStatuses,
} from "./facts.js";
export type { GameFileFacts, GameSourceFile } from "./game-file.js";
export {
  decodeJson,
  encodeJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  maxJsonDepth,
} from "./json.js";
export {
  decodeLiveFrame,
  encodeLiveFrame,
  type LiveBoard,
  type LiveFrame,
  liveBoardBytes,
} from "./live.js";
export {
  type ClientMessage,
  decodeClientMessage,
  decodeEpisodesPage,
  decodeMetricsPage,
  decodePoliciesPage,
  decodeServerMessage,
  type EpisodesPage,
  type MetricsPage,
  maxLiveBoards,
  type PoliciesPage,
  type ServerMessage,
} from "./messages.js";
export { decodeMetricsRow, encodeMetricsRow, type MetricsRow, metricsRowOf } from "./metrics.js";
export { decodePolicyEntry, isPolicyId, type PolicyEntry, type PolicyFacts } from "./policies.js";
export {
  decodeRunResult,
  type RunMilestone,
  type RunResult,
  type RunScore,
} from "./result.js";
