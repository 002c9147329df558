/**
 * load: finds the native core when it is first asked for.
 *
 * Nothing here is imported statically from Node or from the addon, so that browsers and bundlers can
 * import @carom/tensor as it is.
 */
import type { CoreOptions, NativeCore } from "@carom/native";
import { DeviceError } from "../../errors.js";

/**
 * A new native core for the calling thread.
 *
 * @throws DeviceError outside Node.js, where the addon is not built, or for options it refuses.
 */
export function loadNativeCore(options: CoreOptions): NativeCore {
  const nodeModule =
    typeof process === "undefined" ? undefined : process.getBuiltinModule?.("node:module");
  if (nodeModule === undefined) {
    throw new DeviceError(
      "openDevice",
      'the native core needs Node.js 20.19 or later (use openDevice("reference") in a browser)',
    );
  }
  try {
    // Not called `require`, which bundlers would try to follow.
    const load = nodeModule.createRequire(import.meta.url);
    const native: typeof import("@carom/native") = load("@carom/native");
    return native.createCore(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DeviceError("openDevice", `"cpu" cannot be opened: ${reason}`);
  }
}
