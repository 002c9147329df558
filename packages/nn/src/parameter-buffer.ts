/**
 * parameter-buffer: all parameters of a module in one flat block of memory.
 *
 * One block means one optimiser op, one norm, one copy to save or to synchronise. The parameters stay
 * what they were, tensors of their own shapes; they become views of the block.
 */
import { full, keep, type Shape, type Tensor } from "@carom/tensor";
import { NnError } from "./errors.js";
import type { Module } from "./module.js";

/** Where one parameter lies in the flat buffer. */
export interface ParameterSlot {
  /** Dotted name of the parameter. */
  readonly name: string;
  /** Its shape. */
  readonly shape: Shape;
  /** First element within the flat buffer. */
  readonly start: number;
  /** Number of elements. */
  readonly size: number;
}

/** The flat buffer of a module's parameters. Made by {@link flatten}; exempt from scopes. */
export class ParameterBuffer {
  /** All values, float32 [P]. */
  readonly flat: Tensor;
  /** Where each parameter lies, in order. */
  readonly slots: readonly ParameterSlot[];
  /** Views of `flat`, one per slot: what `valueAndGrad` takes. */
  readonly tensors: readonly Tensor[];

  /** Use {@link flatten}. @internal */
  constructor(flat: Tensor, slots: readonly ParameterSlot[], tensors: readonly Tensor[]) {
    this.flat = flat;
    this.slots = slots;
    this.tensors = tensors;
  }

  /** Number of values, P. */
  get size(): number {
    return this.flat.size;
  }

  /** Views of another flat tensor [P] (of gradients, say), one per slot; kept, the caller's. */
  viewsOf(flat: Tensor): Tensor[] {
    if (flat.rank !== 1 || flat.size !== this.size) {
      throw new NnError(
        "PARAMETER_MISMATCH",
        "viewsOf",
        `the tensor is of another model (got shape [${flat.shape}], expected [${this.size}])`,
      );
    }
    return this.slots.map((slot) => slotView(flat, slot));
  }

  /** Frees the buffer and the parameters in it. */
  dispose(): void {
    for (const view of this.tensors) view.dispose();
    this.flat.dispose();
  }

  /** What `using` calls: dispose. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Moves all parameters of a module into one flat buffer. Do this once, before training. */
export function flatten(module: Module): ParameterBuffer {
  const entries = [...module.parameters()];
  const [first] = entries;
  if (first === undefined) {
    throw new NnError("INVALID_ARGUMENT", "flatten", "the module has no parameters");
  }
  const { device } = first[1].tensor;
  const slots = layout(entries.map(([name, { tensor }]) => ({ name, shape: tensor.shape })));
  const total = slots.reduce((sum, slot) => sum + slot.size, 0);
  const flat = keep(full([total], 0, { device }));
  const tensors = entries.map(([, parameter], i) => {
    const view = slotView(flat, slots[i]);
    view.copyFrom(parameter.tensor);
    parameter.tensor.dispose();
    parameter.tensor = view;
    return view;
  });
  return new ParameterBuffer(flat, slots, tensors);
}

function slotView(flat: Tensor, { start, size, shape }: ParameterSlot): Tensor {
  const part = flat.slice([start, start + size]);
  const view = keep(part.reshape(shape));
  part.dispose();
  return view;
}

function layout(parameters: readonly { name: string; shape: Shape }[]): ParameterSlot[] {
  let start = 0;
  return parameters.map(({ name, shape }) => {
    const size = shape.reduce((count, n) => count * n, 1);
    const slot = { name, shape, start, size };
    start += size;
    return slot;
  });
}
