/** The public names of @carom/compiler. */

export { type CacheKeyParts, CompileCache, cacheKey, usualCacheFolder } from "./cache.js";
export {
  type CompiledGame,
  type CompileOptions,
  compileGame,
  type EmitCudaOptions,
  type EmitOptions,
  type GameSource,
} from "./compile.js";
export {
  CompileError,
  type CompileErrorCode,
  type CompileFault,
  type SourcePlace,
} from "./errors.js";
export type { Element } from "./ir/ir.js";
export {
  type Column,
  type Layout,
  readColumn,
  unpackState,
  viewColumn,
  writeColumn,
} from "./layout.js";
export { type Comparison, compareWithClass, type Subject } from "./oracle/compare.js";
export type { PlaySettings } from "./oracle/play.js";
export { buildCubin, buildProgram, hasNvcc, type KernelUse } from "./toolchain.js";
