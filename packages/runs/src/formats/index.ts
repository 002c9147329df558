/** @carom/runs/formats: the formats of a run, for browsers too (no node: module). */

export {
  type ControlAnswer,
  type ControlFacts,
  type ControlRequest,
  type ControlVerb,
  controlVerbs,
  decodeControlAnswer,
  decodeControlRequest,
  encodeControlAnswer,
  encodeControlRequest,
} from "./control.js";
export { decodeEpisodeColumns, encodeEpisodeColumns } from "./episode-columns.js";
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
  type AlertEvent,
  type ControlEvent,
  type ControlOrigin,
  decodeRunEvent,
  type EventPlace,
  encodeRunEvent,
  type NewRunEvent,
  type RunEvent,
  runEventOf,
  type SavedEvent,
} from "./events.js";
export {
  decodeRunFacts,
  decodeRunManifest,
  type InitFromFacts,
  isRunId,
  isUnderWay,
  type RunFacts,
  type RunManifest,
  type RunPrecision,
  type RunSetup,
  type RunStatus,
  runPrecisions,
} from "./facts.js";
export type { GameFileFacts, GameSourceFile } from "./game-file.js";
export {
  type AlertLevel,
  createHealthMonitor,
  type HealthAlert,
  type HealthMonitor,
  type HealthRule,
  healthLimits,
  healthOf,
} from "./health.js";
export {
  decodeJson,
  encodeJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "./json.js";
export {
  decodeLiveFrame,
  encodeLiveFrame,
  type LiveBoard,
  type LiveFrame,
  type LivePart,
} from "./live.js";
export {
  type ClientMessage,
  decodeCheckpointSteps,
  decodeClientMessage,
  decodeEpisodesPage,
  decodeEventsPage,
  decodeMetricsPage,
  decodePoliciesPage,
  decodeRunList,
  decodeServerMessage,
  type EpisodesPage,
  type EventsPage,
  type MetricsPage,
  type PoliciesPage,
  type ServerMessage,
} from "./messages.js";
export { decodeMetricsRow, encodeMetricsRow, type MetricsRow } from "./metrics.js";
export { decodePolicyEntry, isPolicyId, type PolicyEntry, type PolicyFacts } from "./policies.js";
export {
  decodeRunResult,
  type RunMilestone,
  type RunResult,
  type RunScore,
} from "./result.js";
