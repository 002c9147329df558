/** `carom doctor`: what this installation runs on, whether the native core and GPUs compute, and what is missing. */
import { availableParallelism, cpus } from "node:os";
import { openDevice } from "@carom/tensor";
import { type CudaFacts, computed, cudaFacts, cudaLines } from "./cuda-facts.js";
import { exitCodes } from "./errors.js";
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
    cuda: cudaFacts(),
  };
  process.stdout.write(texts.json === true ? `${JSON.stringify(facts)}\n` : `${lines(facts)}\n`);
  return facts.native.loads ? exitCodes.ok : exitCodes.internal;
}

/** Opens the CPU device and checks one sum, so that a core built for another machine is found out. */
function inspectNative(): NativeFacts {
  const reason = computed("cpu");
  if (reason !== null) return { loads: false, reason };
  using device = openDevice("cpu");
  const { isa, threads, version } = device.info();
  return { loads: true, isa, threads, version };
}

interface Facts {
  readonly carom: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly native: NativeFacts;
  readonly cuda: CudaFacts;
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
    ...cudaLines(facts.cuda),
  ].join("\n");
}
