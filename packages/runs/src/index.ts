/** @carom/runs: the run folder. Browser-safe formats are in @carom/runs/formats. */
export type {
  CheckpointInfo,
  ListedRun,
  LoadedCheckpoint,
  NewRun,
  ReadOptions,
  Run,
  RunChange,
  RunCounts,
  RunOptions,
  RunReader,
  RunSource,
  SavedArray,
  SavedState,
  SaveOptions,
  SkippedCheckpoint,
  WhichCheckpoint,
} from "./api.js";
export type { Disk, DiskEntry, DiskFile } from "./disk.js";
export { RunError, type RunErrorCode, type RunErrorDetails, type RunOwner } from "./errors.js";
export * from "./formats/index.js";
