/** Observations in units that networks like: see `ObservationSpec.scale` and `dtype`. */
import type { ObservationSpec } from "@carom/envs";
import { type Device, type Tensor, tensor } from "@carom/tensor";

/** Makes float32 observations in units of their typical magnitude out of raw ones. */
export interface Scaling {
  /** `[B, O]` to `[B, O]`; the same tensor where there is nothing to do. */
  apply(observation: Tensor): Tensor;
  /** Frees the factors. */
  dispose(): void;
}

/** The scaling that a spec asks for: bytes become 0 to 1, floats are divided by `scale`. */
export function scalingOf({ scale, dtype }: ObservationSpec, device: Device): Scaling {
  const factors = dtype === "uint8" ? [1 / 255] : scale?.map((magnitude) => 1 / magnitude);
  const inverse = factors && tensor(Float32Array.from(factors), { device }); // [O], or [1] for bytes
  return {
    apply(observation) {
      const numbers = observation.dtype === "float32" ? observation : observation.cast("float32");
      return inverse === undefined ? numbers : numbers.mul(inverse);
    },
    dispose: () => inverse?.dispose(),
  };
}
