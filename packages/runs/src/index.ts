/** @carom/runs: the run folder. The formats alone, for browsers too, are @carom/runs/formats. */
export type {
  CheckpointInfo,
  ListedRun,
  LoadedCheckpoint,
  NewGameFile,
  NewRun,
  ReadOptions,
  Run,
  RunChange,
  RunCounts,
  RunOptions,
  RunReader,
  RunShelf,
  RunSource,
  RunUpdate,
  SavedArray,
  SavedData,
  SavedState,
  SaveOptions,
  SkippedCheckpoint,
  WhichCheckpoint,
} from "./api.js";
export { keepDemonstration } from "./demonstrations.js";
export type { Disk, DiskEntry, DiskFile } from "./disk.js";
export { type MemoryDisk, memoryDisk } from "./disk-memory.js";
export { RunError, type RunErrorCode, type RunErrorDetails, type RunOwner } from "./errors.js";
export {
  createJournal,
  type Journal,
  type JournalFiles,
  type JournalOptions,
  type NewJournalOptions,
  openJournal,
} from "./journal.js";
export { createEpisodeKeeper, type EpisodeKeeper } from "./keep.js";
export { createRun, freshRunFolder, listRuns, openRun, readRun } from "./runs.js";
export { openShelf } from "./shelf.js";
