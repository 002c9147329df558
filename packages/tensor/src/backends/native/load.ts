/**
 * load: finds the native core when it is first asked for.
 *
 * Nothing here is imported statically from Node or from the addon, so that browsers and bundlers can
 * import @carom/tensor as it is.
 */
import type { CoreOptions, CudaReport, NativeCore } from "@carom/native";
import type { CudaCompiler } from "@carom/native/cuda-tools";
import { DeviceError } from "../../errors.js";

export type { CudaDeviceInfo, CudaLibraryInfo, CudaReport } from "@carom/native";
export type { CudaCompiler } from "@carom/native/cuda-tools";

/** The entries of the native package. */
interface NativeEntries {
  "@carom/native": typeof import("@carom/native");
  "@carom/native/cuda-tools": typeof import("@carom/native/cuda-tools");
}

/** What the CUDA library is built with and runs on, as files of this machine. */
export interface CudaTools {
  /** NVIDIA's compiler; undefined where there is none. */
  readonly compiler: CudaCompiler | undefined;
  /** Path of NVIDIA's driver; undefined where there is none. */
  readonly driver: string | undefined;
  /** How to get a compiler. */
  readonly compilerAdvice: string;
}

/**
 * A new native core for the calling thread.
 *
 * @throws DeviceError outside Node.js, where the addon is not built, without a usable GPU where one is asked
 * for, or for options it refuses.
 */
export function loadNativeCore(options: CoreOptions): NativeCore {
  const { device = "cpu", index = 0 } = options;
  const failed = `"${device}${index > 0 ? `:${index}` : ""}" cannot be opened`;
  return withNative("@carom/native", "openDevice", failed, (native) => native.createCore(options));
}

/**
 * What there is of CUDA on this machine. Opens NVIDIA's driver where there is one, and no device.
 *
 * @throws DeviceError outside Node.js or where the addon is not built.
 */
export function inspectCuda(): CudaReport {
  const failed = "the native core cannot be loaded";
  return withNative("@carom/native", "inspectCuda", failed, (native) => native.inspectCuda());
}

/** Looks for NVIDIA's compiler and driver in the places where the build looks. @throws DeviceError outside Node.js */
export function findCudaTools(): CudaTools {
  const failed = "the build's tools cannot be loaded";
  return withNative("@carom/native/cuda-tools", "findCudaTools", failed, (tools) => ({
    compiler: tools.findCudaCompiler(),
    driver: tools.findCudaDriver(),
    compilerAdvice: tools.compilerAdvice,
  }));
}

/** Calls `action` with an entry of the native package; its errors become DeviceErrors that begin with `failed`. */
function withNative<E extends keyof NativeEntries, T>(
  entry: E,
  op: string,
  failed: string,
  action: (native: NativeEntries[E]) => T,
): T {
  const nodeModule =
    typeof process === "undefined" ? undefined : process.getBuiltinModule?.("node:module");
  if (nodeModule === undefined) {
    throw new DeviceError(
      op,
      'the native core needs Node.js 20.19 or later (use openDevice("reference") in a browser)',
    );
  }
  try {
    // Not called `require`, which bundlers would try to follow.
    const load = nodeModule.createRequire(import.meta.url);
    return action(load(entry));
  } catch (error) {
    throw new DeviceError(op, `${failed}: ${reasonOf(error)}`);
  }
}

/** The message, without the native op that it begins with. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const begin = "op" in error ? `${error.op}: ` : "";
  return error.message.startsWith(begin) ? error.message.slice(begin.length) : error.message;
}
