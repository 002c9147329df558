/** The command line as a library: run it on arguments, and the types of what it leaves behind. */
export { exitCodes } from "./errors.js";
export { run } from "./program.js";
export type { Result } from "./result.js";
