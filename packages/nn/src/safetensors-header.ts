/**
 * safetensors-header: a strict parser for the JSON header of a safetensors file.
 *
 * It accepts exactly the structure that the format defines, so it needs no general JSON values: no
 * nesting beyond it, no duplicate names, no unknown fields, no fractions. Names end up in maps and in
 * objects without prototype.
 */
import { NnError } from "./errors.js";

/** What the header says about one tensor. */
export interface HeaderEntry {
  readonly name: string;
  /** Code of the element type, e.g. "F32". */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte and the one after the last, within the data. */
  readonly offsets: readonly [number, number];
}

/** A parsed header. */
export interface Header {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Record<string, string>;
}

const maxTensors = 65_536;
const maxRank = 8;
const stringPattern = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const integerPattern = /0|[1-9][0-9]{0,15}/y;
const spacePattern = /[ \t\n\r]*/y;

/** Parses a header's bytes. Trailing spaces are allowed, as the format pads with them. */
export function parseHeader(bytes: Uint8Array): Header {
  return new HeaderParser(decodeText(bytes)).parse();
}

function decodeText(bytes: Uint8Array): string {
  // The format asks for the brace at the very start; this also refuses a byte order mark.
  if (bytes[0] !== 0x7b) throw invalid("the header does not start with {");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalid("the header is not valid UTF-8");
  }
}

class HeaderParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Header {
    const entries: HeaderEntry[] = [];
    let metadata: Record<string, string> = Object.create(null);
    this.#object((name) => {
      if (name === "__metadata__") metadata = this.#metadata();
      else entries.push(this.#entry(name));
      if (entries.length > maxTensors) throw invalid(`too many tensors (more than ${maxTensors})`);
    });
    this.#skipSpace();
    if (this.#at !== this.#text.length) throw this.#unexpected("the end of the header");
    return { entries, metadata };
  }

  #entry(name: string): HeaderEntry {
    let dtype: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    this.#object((field) => {
      if (field === "dtype") dtype = this.#string();
      else if (field === "shape") shape = this.#integers(maxRank);
      else if (field === "data_offsets") offsets = this.#integers(2);
      else throw invalid(`"${name}" has an unknown field "${field}"`);
    });
    if (dtype === undefined || shape === undefined || offsets?.length !== 2) {
      throw invalid(`"${name}" needs dtype, shape and two data_offsets`);
    }
    return { name, dtype, shape, offsets: [offsets[0], offsets[1]] };
  }

  #metadata(): Record<string, string> {
    const out: Record<string, string> = Object.create(null);
    this.#object((name) => {
      out[name] = this.#string();
    });
    return out;
  }

  /** `{ "name": ..., ... }`, calling `member` where each value begins. */
  #object(member: (name: string) => void): void {
    const seen = new Set<string>();
    this.#expect("{");
    if (this.#accept("}")) return;
    do {
      const name = this.#string();
      if (seen.has(name)) throw invalid(`the name "${name}" is given twice`);
      if (name === "__proto__") throw invalid(`the name "${name}" is not allowed`);
      seen.add(name);
      this.#expect(":");
      member(name);
    } while (this.#accept(","));
    this.#expect("}");
  }

  #integers(limit: number): number[] {
    const out: number[] = [];
    this.#expect("[");
    if (this.#accept("]")) return out;
    do {
      if (out.length === limit) throw invalid(`too many numbers in a list (more than ${limit})`);
      const value = Number(this.#match(integerPattern, "a non-negative integer"));
      if (!Number.isSafeInteger(value)) throw invalid(`a number is too large (got ${value})`);
      out.push(value);
    } while (this.#accept(","));
    this.#expect("]");
    return out;
  }

  #string(): string {
    const literal = this.#match(stringPattern, "a string");
    return String(JSON.parse(literal));
  }

  #match(pattern: RegExp, what: string): string {
    this.#skipSpace();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) throw this.#unexpected(what);
    this.#at = pattern.lastIndex;
    return found[0];
  }

  #skipSpace(): void {
    spacePattern.lastIndex = this.#at;
    spacePattern.exec(this.#text);
    this.#at = spacePattern.lastIndex;
  }

  #accept(symbol: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== symbol) return false;
    this.#at++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#accept(symbol)) throw this.#unexpected(symbol);
  }

  #unexpected(what: string): NnError {
    return invalid(`the header is malformed at character ${this.#at} (expected ${what})`);
  }
}

function invalid(problem: string): NnError {
  return new NnError("SAFETENSORS_INVALID", "decodeSafetensors", problem);
}
