/**
 * Devices by the names that --device takes: which one it is, opened, and how it is told in one line. Nothing
 * falls back but `auto`, which says why.
 */
import { type Device, DeviceError, inspectCuda, openDevice, type Precision } from "@carom/tensor";
import { callAs } from "./call.js";
import { CliError } from "./errors.js";

/** What --device can name. `auto`: the first GPU that can be used, else the processor. */
export type DeviceChoice = "cpu" | "auto" | "cuda" | `cuda:${number}`;

/** What --precision can name. */
export const precisions: readonly Precision[] = ["float32", "tf32", "bfloat16"];

/** What is asked of a device. */
export interface DeviceWish {
  readonly device: DeviceChoice;
  /** Threads of the processor; null for all cores. */
  readonly threads: number | null;
  /** Of a GPU; null for float32. */
  readonly precision: Precision | null;
}

/** The device that something runs on. */
export interface DeviceFacts {
  /** "cpu", "cuda", "cuda:1". */
  readonly name: string;
  readonly threads: number;
  /** Instruction set of the native core; of a GPU "sm_90". */
  readonly isa: string;
  /** Version of the native core. */
  readonly version: string;
  /** The GPU's name. */
  readonly gpu?: string;
  /** Of a GPU. */
  readonly precision?: Precision;
  /** Why it is the processor where a GPU would have been taken. */
  readonly noGpu?: string;
}

/** A device that was opened as wished. */
export interface OpenedDevice {
  readonly device: Device;
  readonly facts: DeviceFacts;
}

/** Refuses a precision that the processor does not have. @throws CliError CONFLICT */
export function checkPrecision({ device, precision }: DeviceWish): void {
  if (device !== "cpu" || precision === null || precision === "float32") return;
  throw new CliError(
    "CONFLICT",
    `--precision ${precision} is for GPUs, the cpu computes in float32; leave it out, or add --device cuda`,
  );
}

/** @throws CliError DEVICE_UNAVAILABLE with the reason and the way out */
export function openWished(wish: DeviceWish): OpenedDevice {
  const { device: choice, threads, precision } = wish;
  if (choice === "cpu") return openProcessor(threads);
  if (choice !== "auto") {
    try {
      return openGpu(choice, precision);
    } catch (error) {
      throw unavailable(error);
    }
  }
  const { devices, problem = "none was found" } = inspectCuda();
  const index = devices.findIndex((one) => one.problem === undefined);
  if (index < 0) return openProcessor(threads, problem);
  try {
    return openGpu(index === 0 ? "cuda" : `cuda:${index}`, precision);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return openProcessor(threads, reasonOf(error));
  }
}

/**
 * What a device is, before anything is begun that needs it; null for the processor, which is always there.
 *
 * @throws as `checkPrecision` and `openWished` do
 */
export function tryDevice(wish: DeviceWish): DeviceFacts | null {
  checkPrecision(wish);
  if (wish.device === "cpu") return null;
  const { device, facts } = openWished(wish);
  device.dispose();
  return facts;
}

/**
 * "cpu with 2 threads", "cuda (NVIDIA H200, sm_90), tf32", and for an `auto` that found no GPU
 * "cpu with 2 threads; no GPU: no NVIDIA driver was found".
 */
export function deviceText(facts: DeviceFacts): string {
  const { name, threads, isa, gpu, precision = "float32", noGpu } = facts;
  if (gpu !== undefined) {
    return `${name} (${gpu}, ${isa})${precision === "float32" ? "" : `, ${precision}`}`;
  }
  const text = `${name} with ${threads} thread${threads === 1 ? "" : "s"}`;
  return noGpu === undefined ? text : `${text}; no GPU: ${noGpu}`;
}

function openProcessor(threads: number | null, noGpu?: string): OpenedDevice {
  const device = openDevice("cpu", threads === null ? {} : { threads });
  const facts = { name: device.name, ...device.info() };
  return { device, facts: noGpu === undefined ? facts : { ...facts, noGpu } };
}

function openGpu(name: "cuda" | `cuda:${number}`, wished: Precision | null): OpenedDevice {
  const precision = wished ?? "float32";
  const device = openDevice(name, { precision });
  return { device, facts: { name, ...device.info(), precision } };
}

function unavailable(error: unknown): unknown {
  if (!(error instanceof DeviceError)) return error;
  const advice = `--device cpu takes the processor, and ${callAs("doctor")} says what there is`;
  return new CliError(error.code, `${reasonOf(error)}; ${advice}`);
}

/** The message without the function's name. */
function reasonOf({ message, op }: DeviceError): string {
  return message.slice(message.startsWith(`${op}: `) ? op.length + 2 : 0);
}
