/**
 * Compiled things on disk, found by what they were made from: the text, the architecture and the
 * compiler. A file is written as a whole or not at all, so processes may share a folder.
 */
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { readIfThere, writeWhole } from "./disk.js";
import { CompileError } from "./errors.js";

/** What a compiled thing is made from. */
export interface CacheKeyParts {
  /** The source text. */
  readonly text: string;
  /** Architecture, such as "sm_90". */
  readonly arch: string;
  /** Compiler and version, such as "nvrtc 13.0". */
  readonly compiler: string;
  /** Flags, in their order. */
  readonly flags: readonly string[];
}

/** The name under which a compiled thing is kept: 64 hexadecimal digits. */
export function cacheKey({ text, arch, compiler, flags }: CacheKeyParts): string {
  const parts = JSON.stringify([compiler, arch, flags, text]);
  return createHash("sha256").update(parts).digest("hex");
}

/**
 * Where compiled things are kept unless somebody says otherwise: the folder that CAROM_CACHE names, else `carom` in
 * the user's folder of caches (XDG_CACHE_HOME, LOCALAPPDATA, ~/.cache).
 */
export function usualCacheFolder(): string {
  const { CAROM_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  return CAROM_CACHE || join(XDG_CACHE_HOME || LOCALAPPDATA || join(homedir(), ".cache"), "carom");
}

/** A folder of compiled things. */
export class CompileCache {
  /** Where they lie. */
  readonly folder: string;
  private count = 0;

  /** The folder is made when the first thing is kept. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * What was kept under the key; undefined where nothing was, or where the file is not what was written
   * (its checksum stands in front). Throws CompileError INVALID_ARGUMENT.
   */
  get(key: string): Uint8Array | undefined {
    const file = readIfThere(this.file(key));
    if (!file || file.length < CHECKSUM_BYTES) return undefined;
    const bytes = file.subarray(CHECKSUM_BYTES);
    const isWhole = checksumOf(bytes).equals(file.subarray(0, CHECKSUM_BYTES));
    return isWhole ? bytes : undefined;
  }

  /** Keeps bytes under the key. Throws CompileError INVALID_ARGUMENT. */
  set(key: string, bytes: Uint8Array): void {
    this.count += 1;
    const unique = `${process.pid}-${this.count}`;
    writeWhole(this.file(key), Buffer.concat([checksumOf(bytes), bytes]), unique);
  }

  private file(key: string): string {
    if (/^[0-9a-f]{64}$/.test(key)) return join(this.folder, `${key}.bin`);
    const what = `cache: no such key (got "${key}", expected 64 hexadecimal digits)`;
    throw new CompileError({ code: "INVALID_ARGUMENT", what });
  }
}

const CHECKSUM_BYTES = 32;

function checksumOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
