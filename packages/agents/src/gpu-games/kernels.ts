/** From a game to its kernels on a device: translated, compiled, or read from what was compiled before. */
import {
  CompileCache,
  type CompiledGame,
  CompileError,
  cacheKey,
  compileGame,
  usualCacheFolder,
  wrapperKernels,
} from "@carom/compiler";
import type { GameDefinition, PixelOptions } from "@carom/envs";
import { compileKernels, type Device, Kernels, TensorError } from "@carom/tensor";
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
 * @throws AgentError UNSUPPORTED_GAME where the game does not translate or its kernels cannot be compiled (the device is
 *   no GPU, NVIDIA's NVRTC is missing); EnvError UNKNOWN_VARIANT
 */
export function loadGameKernels(
  device: Device,
  game: GameDefinition,
  options: GameKernelsOptions = {},
): GameKernels {
  const { checked = false, cache } = options;
  const compiled = translate(game, options);
  const text = compiled.emitCuda({ checked, threadsPerBlock: THREADS });
  const { id, variant } = compiled.spec;
  return { compiled, ...loadText(device, text, `${id} ${variant}`, cache) };
}

/** The kernels of wrappers, which are the same for all games. @throws AgentError as for those of games */
export function loadWrapperKernels(device: Device, cache?: string | false): Kernels {
  return loadText(device, wrapperKernels(), "wrappers", cache).kernels;
}

function loadText(
  device: Device,
  text: string,
  name: string,
  cache: string | false = usualCacheFolder(),
): Pick<GameKernels, "kernels" | "origin"> {
  const { isa, version, gpu = "" } = device.info();
  const folder = cache === false ? undefined : new CompileCache(cache);
  const key = cacheKey({ text, arch: isa, compiler: `carom ${version}, ${gpu}`, flags: [] });
  const known = attempt(() => {
    const code = folder?.get(key);
    return code && new Kernels(device, code);
  });
  if (known) return { kernels: known, origin: "cache" };
  const code = compiled(device, text, name);
  attempt(() => folder?.set(key, code));
  return { kernels: new Kernels(device, code), origin: "compiled" };
}

function compiled(device: Device, text: string, name: string): Uint8Array {
  try {
    return compileKernels(device, text, name);
  } catch (error) {
    throw error instanceof TensorError ? untranslatable(name, error.message) : error;
  }
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

/** What a cache gives; one that cannot be read or written costs time, nothing else. */
function attempt<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
