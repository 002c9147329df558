/** `carom doctor`: what this installation runs on, and whether the native core loads and computes. */
import { availableParallelism, cpus } from "node:os";
import { openDevice, tensor } from "@carom/tensor";
import { exitCodes, reportError } from "./errors.js";
import { versions } from "./versions.js";

/** The options as commander hands them over. */
export interface DoctorTexts {
  readonly json?: boolean;
}

/** What the native core says of itself, or why it does not load. */
type NativeFacts =
  | {
      readonly loads: true;
      readonly isa: string;
      readonly threads: number;
      readonly version: string;
    }
  | { readonly loads: false; readonly reason: string };

/** Prints the findings. Exit code 0 if the native core works. */
export async function doctorCommand(texts: DoctorTexts): Promise<number> {
  const processors = cpus();
  const facts = {
    ...versions(),
    platform: `${process.platform} ${process.arch}`,
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    native: inspectNative(),
    cuda: inspectCuda(),
  };
  process.stdout.write(texts.json === true ? `${JSON.stringify(facts)}\n` : `${lines(facts)}\n`);
  return facts.native.loads ? exitCodes.ok : exitCodes.internal;
}

/** Opens the CPU device and checks one sum, so that a core built for another machine is found out. */
function inspectNative(): NativeFacts {
  try {
    using device = openDevice("cpu");
    using two = tensor([1, 2, 3], { device }).sum();
    if (two.item() !== 6) return { loads: false, reason: "it computes 1 + 2 + 3 wrongly" };
    return { loads: true, ...device.info() };
  } catch (error) {
    return { loads: false, reason: reportError(error).message };
  }
}

function inspectCuda(): string {
  try {
    using device = openDevice("cuda");
    return device.name;
  } catch (error) {
    return reportError(error).message;
  }
}

interface Facts {
  readonly carom: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly native: NativeFacts;
  readonly cuda: string;
}

function lines(facts: Facts): string {
  const { native } = facts;
  const state = native.loads
    ? `loads (version ${native.version}, instruction set ${native.isa}, ${native.threads} threads)`
    : `does not load: ${native.reason}`;
  return [
    `carom     ${facts.carom}`,
    `node      ${facts.node}`,
    `platform  ${facts.platform}`,
    `cpu       ${facts.cpu}, ${facts.cores} cores`,
    `native    ${state}`,
    `cuda      ${facts.cuda}`,
  ].join("\n");
}
