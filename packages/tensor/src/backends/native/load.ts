/**
 * load: finds the native core when it is first asked for.
 *
 * Nothing here is imported statically from Node or from the addon, so that browsers and bundlers can
 * import @carom/tensor as it is.
 */
import type { CoreOptions, CudaReport, NativeCore } from "@carom/native";
import { DeviceError } from "../../errors.js";

export type { CudaDeviceInfo, CudaLibraryInfo, CudaReport } from "@carom/native";

type NativePackage = typeof import("@carom/native");

/**
 * A new native core for the calling thread.
 *
 * @throws DeviceError outside Node.js, where the addon is not built, without a usable GPU where one is asked
 * for, or for options it refuses.
 */
export function loadNativeCore(options: CoreOptions): NativeCore {
  const failed = `"${options.device ?? "cpu"}" cannot be opened`;
  return withNative("openDevice", failed, (native) => native.createCore(options));
}

/**
 * What there is of CUDA on this machine. Opens NVIDIA's driver where there is one, and no device.
 *
 * @throws DeviceError outside Node.js or where the addon is not built.
 */
export function inspectCuda(): CudaReport {
  return withNative("inspectCuda", "the native core cannot be loaded", (native) =>
    native.inspectCuda(),
  );
}

/** Calls `action` with the addon's package; its errors become DeviceErrors that begin with `failed`. */
function withNative<T>(op: string, failed: string, action: (native: NativePackage) => T): T {
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
    return action(load("@carom/native"));
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
