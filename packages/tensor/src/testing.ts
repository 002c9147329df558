/**
 * testing: help for tests of this package and of packages on top of it. Not for programs.
 */
import { valueAndGrad } from "./autograd/value-and-grad.js";
import { type Device, type DeviceOptions, openDevice, openDevices } from "./device.js";
import { scope } from "./lifetime.js";
import type { Tensor } from "./tensor.js";

/**
 * The device that the suites test beside the reference: `cpu`, or what the environment variable
 * CAROM_TEST_DEVICE names, so that every suite runs on every device.
 */
export function testedDevice(): "cpu" | "cuda" {
  const processOf: { env: Record<string, string | undefined> } | undefined = globalThis.process;
  return processOf?.env["CAROM_TEST_DEVICE"] === "cuda" ? "cuda" : "cpu";
}

/** Opens {@link testedDevice}. @throws DeviceError */
export function openTestedDevice(options: DeviceOptions = {}): Device {
  return openDevice(testedDevice(), options);
}

/**
 * Counts tensors now; the function it returns counts again and names each device that has more.
 * Devices that were disposed in between do not count.
 */
export function leakCheck(): () => string[] {
  const before = new Map<Device, number>();
  for (const device of openDevices()) before.set(device, device.live);
  return () => {
    const leaks: string[] = [];
    for (const device of openDevices()) {
      const more = device.live - (before.get(device) ?? 0);
      if (more > 0) leaks.push(`${more} tensor(s) on "${device.name}"`);
    }
    return leaks;
  };
}

/** Where the two gradients of {@link checkGradient} differ most. */
export interface GradientMismatch {
  /** Which input, and which element of it. */
  readonly input: number;
  /** Which element of it, in row-major order. */
  readonly element: number;
  /** What the tape says. */
  readonly analytic: number;
  /** What central differences say. */
  readonly numeric: number;
}

/** Step of the central differences; the error is of the order of its square. */
const step = 1e-5;

/**
 * Compares the gradient of a scalar function with central differences, element by element.
 * `inputs` are dense float64 tensors. Returns the worst mismatch beyond the tolerances, if any.
 */
export function checkGradient(
  loss: () => Tensor,
  inputs: readonly Tensor[],
  { rtol = 1e-5, atol = 1e-7 }: { rtol?: number; atol?: number } = {},
): GradientMismatch | undefined {
  const value = () => scope(() => loss().item());
  const grads = scope(() => valueAndGrad(loss, inputs).grads.map((grad) => grad.toTypedArray()));
  let worst: GradientMismatch | undefined;
  let worstExcess = 0;
  inputs.forEach((x, input) => {
    const values = x.toTypedArray();
    for (let element = 0; element < values.length; element++) {
      const original = values[element];
      const at = (shifted: number): number => {
        values[element] = shifted;
        x.write(values);
        return value();
      };
      const numeric = (at(original + step) - at(original - step)) / (2 * step);
      at(original);
      const analytic = grads[input][element];
      const excess = Math.abs(analytic - numeric) - atol - rtol * Math.abs(numeric);
      if (!(excess <= worstExcess)) {
        worstExcess = excess;
        worst = { input, element, analytic, numeric };
      }
    }
  });
  return worst;
}
