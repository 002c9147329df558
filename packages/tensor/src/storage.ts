/**
 * storage: one block of elements on a device, shared by all tensors that view it.
 *
 * Reference counted by hand: a tensor holds one reference from construction to dispose, a gradient
 * tape holds one for each value that it saves. `version` counts in-place writes, so that the tape
 * can tell when a saved value was overwritten.
 */
import type { Device } from "./device.js";
import type { DType } from "./dtype.js";

export class Storage {
  readonly device: Device;
  readonly dtype: DType;
  /** Number of elements. */
  readonly count: number;
  readonly handle: number;
  /** Number of holders; the memory is freed when it reaches 0. */
  references = 0;
  /** Number of in-place writes so far. */
  version = 0;
  /** The value of every element, where this is a cached constant. */
  constant: number | undefined = undefined;

  constructor(device: Device, dtype: DType, count: number, handle: number) {
    this.device = device;
    this.dtype = dtype;
    this.count = count;
    this.handle = handle;
  }

  retain(): void {
    this.references++;
  }

  release(): void {
    if (--this.references === 0 && !this.device.disposed) this.device.backend.free(this.handle);
  }
}
