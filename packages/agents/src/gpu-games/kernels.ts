/** From a game to its kernels on a device: translated, compiled, or read from what was compiled before. */
import {
  CompileCache,
  type CompiledGame,
  CompileError,
  cacheKey,
  compileGame,
  usualCacheFolder,
} from "@carom/compiler";
import type { GameDefinition, PixelOptions } from "@carom/envs";
import { compileKernels, type Device, Kernels } from "@carom/tensor";
import { AgentError } from "../errors.js";

/** Which kernels. */
export interface GameKernelsOptions {
  /** The game's rule set; its default when absent. */
  readonly variant?: string;
  /** Finds indices out of range, endless loops and `throw` while it runs (default false). */
  readonly checked?: boolean;
  /** Size and colours of pictures (default: 84 x 84, grey). */
  readonly pixels?: PixelOptions;
  /**
   * Folder of compiled kernels; false: none. Default: the one that CAROM_CACHE names, else `carom` in the user's
   * folder of caches. Where it cannot be written, the next process compiles again.
   */
  readonly cache?: string | false;
}

/** A game on a device. */
export interface GameKernels {
  /** The translation. */
  readonly compiled: CompiledGame;
  /** Its kernels. */
  readonly kernels: Kernels;
  /** Whether they were compiled for this call, or read from the cache. */
  readonly origin: "compiled" | "cache";
}

/** Threads of a block, for kernels with one thread per game. */
export const THREADS = 128;

/**
 * Compiles a game for a GPU, or finds it compiled.
 *
 * @throws AgentError UNSUPPORTED_GAME where the game does not translate; TensorError INVALID_ARGUMENT on devices
 *   that are no GPU, or where NVIDIA's NVRTC is missing; EnvError UNKNOWN_VARIANT
 */
export function loadGameKernels(
  device: Device,
  game: GameDefinition,
  options: GameKernelsOptions = {},
): GameKernels {
  const { checked = false, cache = usualCacheFolder() } = options;
  const compiled = translate(game, options);
  const text = compiled.emitCuda({ checked, threadsPerBlock: THREADS });
  const { isa, version } = device.info();
  const folder = cache === false ? undefined : new CompileCache(cache);
  const key = cacheKey({ text, arch: isa, compiler: `carom ${version}`, flags: [] });
  const known = folder?.get(key);
  if (known) return { compiled, kernels: new Kernels(device, known), origin: "cache" };
  const { id, variant } = compiled.spec;
  const code = compileKernels(device, text, `${id} ${variant}`);
  keepCode(folder, key, code);
  return { compiled, kernels: new Kernels(device, code), origin: "compiled" };
}

function translate(game: GameDefinition, options: GameKernelsOptions): CompiledGame {
  const { variant, pixels } = options;
  if (game.remote) throw untranslatable(game.id, "it does not run in this process");
  try {
    return compileGame(game, { ...(variant && { variant }), ...(pixels && { pixels }) });
  } catch (error) {
    throw error instanceof CompileError ? untranslatable(game.id, error.message) : error;
  }
}

function untranslatable(id: string, reason: string): AgentError {
  return new AgentError(
    "UNSUPPORTED_GAME",
    `${id} cannot be played on a GPU: ${reason}\nIts games run on the processor as they are, while the network learns on the GPU.`,
  );
}

/** A cache that cannot be written costs time, nothing else. */
function keepCode(folder: CompileCache | undefined, key: string, code: Uint8Array): void {
  try {
    folder?.set(key, code);
  } catch {
    return;
  }
}
