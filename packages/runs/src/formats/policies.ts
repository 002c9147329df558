/**
 * One line of policies/index.jsonl: the policy of a moment of training, as it was then.
 * Not here: its bytes (a safetensors file of @carom/agents) and the choice of moments (the trainer's
 * side; how many are kept is policy-store.ts).
 */
import { count, finite, objectOf, text } from "./check.js";
import { FormatError } from "./errors.js";
import type { JsonValue } from "./json.js";

/** What is known of a policy when it is taken. */
export interface PolicyFacts {
  /** Env steps of the run, all environments together. */
  readonly steps: number;
  /** Mean return of the latest episodes; null before there were any. */
  readonly score: number | null;
}

/** A kept policy as the viewer sees it. */
export interface PolicyEntry extends PolicyFacts {
  /** Name within the run: decimal digits, counting up. */
  readonly id: string;
  /** Length of its file in bytes. */
  readonly bytes: number;
  /** CRC-32 of its file: tells one from another that took its name after the run went back. */
  readonly crc: number;
}

/** True for the name of a policy: 1 to 9 digits. */
export function isPolicyId(id: string): boolean {
  return /^(0|[1-9][0-9]{0,8})$/.test(id);
}

/** Checks the fields of an entry; unknown fields are dropped. */
export function decodePolicyEntry(value: JsonValue): PolicyEntry {
  const what = "policy";
  const o = objectOf(what, value);
  const id = text(what, o, "id");
  if (!isPolicyId(id))
    throw new FormatError(`policy: id is not a number (got "${id.slice(0, 20)}")`);
  const crc = count(what, o, "crc");
  if (crc > 0xffffffff) throw new FormatError("policy: crc is not a CRC-32");
  return {
    id,
    steps: count(what, o, "steps"),
    score: o["score"] === null ? null : finite(what, o, "score"),
    bytes: count(what, o, "bytes"),
    crc,
  };
}
