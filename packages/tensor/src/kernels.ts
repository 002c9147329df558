/**
 * kernels: kernels of one's own on a GPU, compiled when the program runs. Games are stepped by such kernels.
 *
 * The source is CUDA C++ without includes. Each kernel is declared `extern "C" __global__` and takes one
 * struct by value, all members of which have 8 bytes: pointers, `long long` and `double`. A multiplication is
 * never fused with an addition, so that doubles are those of JavaScript.
 */
import type { KernelMember, View } from "./backend.js";
import type { Device } from "./device.js";
import { DisposedError, ShapeError, TensorError } from "./errors.js";
import { checkAlive, checkWritable } from "./ops/dispatch.js";
import { checkInteger } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** A member of the struct that a kernel takes. */
export type KernelArgument =
  | {
      /** A pointer to where a tensor begins, which the kernel reads. */
      readonly reads: Tensor;
    }
  | {
      /** A pointer to where a tensor begins, which the kernel writes, or reads and writes. */
      readonly writes: Tensor;
    }
  | {
      /** A `long long`: a whole number of at most 2^53; 0 is a null pointer as well. */
      readonly integer: number;
    }
  | {
      /** A `double`. */
      readonly float64: number;
    };

/** How many threads run a kernel. */
export interface KernelGrid {
  /** Blocks; none of them: the launch does nothing. */
  readonly blocks: number;
  /** Threads of a block, 1..1024. */
  readonly threads: number;
}

/**
 * Compiles kernels for a device; the code can be kept and loaded again on a device of the same `info().isa` and
 * version.
 *
 * @param name stands in messages
 * @throws TensorError INVALID_ARGUMENT with the compiler's messages; on devices that are not `cuda`; where
 *   NVIDIA's NVRTC library is missing (`carom doctor` says how to get it)
 */
export function compileKernels(device: Device, source: string, name: string): Uint8Array {
  checkDevice("compileKernels", device);
  return device.backend.compile(source, name);
}

/** Kernels on a device. They stay there until the device is disposed. */
export class Kernels {
  /** Where they are. */
  readonly device: Device;
  readonly #module: number;
  readonly #kernels = new Map<string, number>();

  /** @param code what {@link compileKernels} gave. @throws TensorError INVALID_ARGUMENT, INTERNAL */
  constructor(device: Device, code: Uint8Array) {
    checkDevice("Kernels", device);
    this.device = device;
    this.#module = device.backend.loadKernels(code);
  }

  /**
   * Runs a kernel, or records it. The tensors are dense, and what the kernel writes has no gradient.
   *
   * @param members of the struct that it takes, in their order
   * @throws TensorError INVALID_ARGUMENT where there is no such kernel; ShapeError for tensors with gaps
   */
  launch(name: string, grid: KernelGrid, members: readonly KernelArgument[]): void {
    checkDevice("launch", this.device);
    checkInteger("launch", "blocks", grid.blocks, 0, 2 ** 31 - 1);
    checkInteger("launch", "threads", grid.threads, 1, 1024);
    const inputs: View[] = [];
    const outputs: Tensor[] = [];
    const encoded = members.map((member): KernelMember => {
      if ("integer" in member) return { kind: 0, value: member.integer };
      if ("float64" in member) return { kind: 3, value: member.float64 };
      const tensor = "reads" in member ? member.reads : member.writes;
      this.#check(name, tensor, "writes" in member);
      if ("reads" in member) return { kind: 1, value: inputs.push(tensor) - 1 };
      return { kind: 2, value: outputs.push(tensor) - 1 };
    });
    this.device.backend.launch(this.#find(name), grid, inputs, outputs, encoded);
    for (const { storage } of outputs) storage.version++;
  }

  #find(name: string): number {
    const known = this.#kernels.get(name);
    if (known !== undefined) return known;
    const found = this.device.backend.findKernel(this.#module, name);
    this.#kernels.set(name, found);
    return found;
  }

  #check(kernel: string, tensor: Tensor, writes: boolean): void {
    checkAlive("launch", tensor);
    if (tensor.device !== this.device) {
      throw new TensorError(
        "INVALID_ARGUMENT",
        "launch",
        `${kernel}: a tensor is on another device`,
      );
    }
    if (!tensor.isContiguous) {
      throw new ShapeError("launch", `${kernel}: a tensor is not dense; use contiguous()`);
    }
    if (writes) checkWritable("launch", tensor);
  }
}

function checkDevice(op: string, device: Device): void {
  if (device.disposed) throw new DisposedError(op, "the device is disposed");
}
