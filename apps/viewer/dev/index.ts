/** @carom/viewer/dev: the page on a scripted run, for tests and demonstrations. Node only. */
export { buildLibrary, buildPage } from "./build-page.js";
export { type LargeRunOptions, writeLargeRun } from "./large-run.js";
export { type ScriptedRun, type ScriptedRunOptions, startScriptedRun } from "./scripted-run.js";
export { startTrainedRun, type TrainedRun, type TrainedRunOptions } from "./trained-run.js";
