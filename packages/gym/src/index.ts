/** @carom/gym: Gymnasium's environments for Carom, and Carom's games for Python. */
export { type AtariOptions, isAtari } from "./atari.js";
export { findGymGame, type GymOptions, gymDefinition, isGymId } from "./definition.js";
export { GymError, type GymErrorCode } from "./errors.js";
export { GymVectorEnv, type GymVectorEnvOptions } from "./gym-env.js";
export { pythonFolder } from "./python.js";
export type { MakeRequest } from "./serve/protocol.js";
export { type ServeOptions, serveEnv } from "./serve/serve.js";
