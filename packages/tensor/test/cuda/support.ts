/** What the tests of CUDA share. They run on a GPU or on the emulated one, whose settings are environment variables. */
import * as T from "../../src/index.js";

/** Whether the GPU is the emulated one, which can be given other memory, numbers and drivers. */
export const isEmulated: boolean = T.inspectCuda().devices[0]?.name === "emulated GPU";

/** Calls `action` with these environment variables; they are what they were when it returns. */
export function withEnvironment<R>(
  variables: Readonly<Record<string, string>>,
  action: () => R,
): R {
  const before = new Map(Object.keys(variables).map((name) => [name, process.env[name]]));
  Object.assign(process.env, variables);
  try {
    return action();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** The error that opening a device ends with; its message is what a user reads. */
export function refusal(name: T.DeviceName, options: T.DeviceOptions = {}): string {
  try {
    T.openDevice(name, options).dispose();
  } catch (error) {
    if (error instanceof T.DeviceError && error.code === "DEVICE_UNAVAILABLE") return error.message;
    throw error;
  }
  return "nothing was refused";
}

/** Trains a small network on `batch` rows for some steps and returns the losses. */
export function losses(
  device: T.Device,
  { batch = 16, steps = 5, recorded = false, width = 24 } = {},
): number[] {
  return T.scope(() => {
    using random = new T.RandomState(7, { device });
    const params = [random.normal([width, 10]).mul(0.3), random.normal([2, width]).mul(0.3)];
    const [x, y] = [random.normal([batch, 10]), random.normal([batch, 2])];
    const step = () => {
      const loss = () => {
        const hidden = T.linear(x, params[0], undefined, { activation: "tanh" });
        return T.linear(hidden, params[1]).sub(y).square().mean();
      };
      const { value, grads } = T.valueAndGrad(loss, params);
      params.forEach((param, i) => {
        param.copyFrom(param.sub(grads[i].mul(0.1)));
      });
      return value;
    };
    if (!recorded) return Array.from({ length: steps }, () => T.scope(() => step().item()));
    using recording = T.capture(device, step); // its first run is a step, too
    return Array.from({ length: steps }, (_, i) => {
      if (i > 0) recording.replay();
      return recording.outputs.item();
    });
  });
}
