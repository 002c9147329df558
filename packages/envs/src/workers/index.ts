/** Vector envs whose games run on Node's worker threads: the part of this package that needs Node. */
export type { GameSource } from "./protocol.js";
export { createWorkerEnv, type WorkerEnvOptions, WorkerVectorEnv } from "./worker-env.js";
