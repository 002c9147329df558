/**
 * The folder policies/: the policy at moments of training, one file each, and index.jsonl with a line
 * for each. Bounded: beyond a number of files or of bytes those go whose neighbours are nearest, on the
 * cube root of the env steps, so that what stays is dense at the start, where most is learned, and even
 * after it; the first and the newest always stay. Lines of those that went stay and count, but are no
 * longer shown. The folder is made with its first policy.
 */
import { join } from "node:path";
import { crc32 } from "./crc32.js";
import { type Disk, diskError } from "./disk.js";
import { asRunError, RunError } from "./errors.js";
import { decodeJson, encodeJson } from "./formats/json.js";
import type { PoliciesPage } from "./formats/messages.js";
import {
  decodePolicyEntry,
  isPolicyId,
  type PolicyEntry,
  type PolicyFacts,
} from "./formats/policies.js";
import { LineReader, LineWriter, replaceFile } from "./line-log.js";

/** Longest policy that is stored or read, in bytes. */
const maxPolicyBytes = 64 << 20;
const filePattern = /^policy-(0|[1-9][0-9]{0,8})\.safetensors$/;

/** How much is kept. */
export interface PolicyLimits {
  /** Policies at most, 2 or more. */
  readonly count: number;
  /** Their bytes at most; a policy longer than half of it is not kept. */
  readonly bytes: number;
}

/** Reads kept policies; sees what a writer in any process adds. */
export class PolicyReader {
  protected readonly disk: Disk;
  protected readonly folder: string;
  protected entries: PolicyEntry[] = [];
  private readonly index: LineReader<PolicyEntry>;
  private seenRestarts = 0;

  constructor(disk: Disk, folder: string) {
    this.disk = disk;
    this.folder = folder;
    this.index = new LineReader(disk, this.indexPath, (line) =>
      decodePolicyEntry(decodeJson(line)),
    );
  }

  /** Takes in new lines. */
  refresh(): void {
    const added = this.index.refresh();
    if (this.index.restarts !== this.seenRestarts) this.entries = [];
    this.seenRestarts = this.index.restarts;
    this.entries.push(...added);
  }

  get count(): number {
    return this.entries.length;
  }

  get restarts(): number {
    return this.index.restarts;
  }

  page(since: number, limit: number): PoliciesPage {
    const from = since > this.count ? 0 : since;
    const next = Math.min(this.count, from + limit);
    const there = this.files();
    return {
      from,
      next,
      policies: this.entries.slice(from, next).filter(({ id }) => there.has(id)),
    };
  }

  /** Bytes of a policy; RunError POLICY_NOT_FOUND, POLICY_CORRUPT. */
  policy(id: string): Uint8Array {
    const entry = isPolicyId(id) ? this.entries.findLast((one) => one.id === id) : undefined;
    if (entry === undefined || !this.files().has(id)) {
      throw new RunError("POLICY_NOT_FOUND", `policy: there is no policy "${id.slice(0, 20)}"`);
    }
    const path = this.pathOf(id);
    let bytes: Uint8Array;
    try {
      bytes = this.disk.read(path, maxPolicyBytes);
    } catch (error) {
      throw asRunError("policy: cannot read", path, error);
    }
    if (bytes.length === entry.bytes && crc32(bytes) === entry.crc) return bytes;
    throw new RunError("POLICY_CORRUPT", `policy: policy ${id} is damaged`, { path });
  }

  protected get indexPath(): string {
    return join(this.folder, "index.jsonl");
  }

  protected pathOf(id: string): string {
    return join(this.folder, `policy-${id}.safetensors`);
  }

  /** Ids of the files that are there; none if the folder is missing, or a link. */
  protected files(): Set<string> {
    if (this.disk.look(this.folder)?.kind !== "folder") return new Set();
    const ids = this.disk.list(this.folder).map((name) => filePattern.exec(name)?.[1]);
    return new Set(ids.filter((id) => id !== undefined));
  }
}

/** Adds policies; one per run folder. Methods that write throw what the disk throws. */
export class PolicyStore extends PolicyReader {
  private readonly limits: PolicyLimits;
  private writer: LineWriter | undefined;

  constructor(disk: Disk, folder: string, limits: PolicyLimits) {
    super(disk, folder);
    this.limits = limits;
    this.refresh();
  }

  /** undefined for a policy that is too long to be kept. */
  add(bytes: Uint8Array, { steps, score }: PolicyFacts): PolicyEntry | undefined {
    if (bytes.length > Math.min(maxPolicyBytes, this.limits.bytes / 2)) return undefined;
    const writer = this.open();
    const newest = this.entries.reduce((max, { id }) => Math.max(max, Number(id)), -1);
    const id = String(newest + 1);
    if (!isPolicyId(id)) throw diskError("EFBIG", "write", this.pathOf(id));
    const entry = { id, steps, score, bytes: bytes.length, crc: crc32(bytes) };
    replaceFile(this.disk, this.pathOf(id), bytes);
    writer.add(encodeJson(entry));
    writer.flush();
    this.refresh();
    this.thinOut();
    return entry;
  }

  /** Forgets the policies of later steps. */
  rewind(step: number): void {
    if (this.disk.look(this.folder) === undefined) return;
    this.open().filter((line) => {
      try {
        return decodePolicyEntry(decodeJson(line)).steps <= step;
      } catch {
        return false;
      }
    });
    this.refresh();
    const known = new Set(this.entries.map(({ id }) => id));
    for (const id of this.files()) if (!known.has(id)) this.disk.remove(this.pathOf(id));
  }

  sync(): void {
    this.writer?.sync();
  }

  close(): void {
    this.writer?.close();
  }

  private open(): LineWriter {
    if (this.disk.look(this.folder) === undefined) this.disk.makeFolder(this.folder);
    this.writer ??= new LineWriter(this.disk, this.indexPath);
    return this.writer;
  }

  private thinOut(): void {
    const there = this.files();
    const kept = this.entries.filter(({ id }) => there.has(id));
    let bytes = kept.reduce((sum, entry) => sum + entry.bytes, 0);
    while (kept.length > 2 && (kept.length > this.limits.count || bytes > this.limits.bytes)) {
      const [gone] = kept.splice(mostCrowded(kept), 1);
      this.disk.remove(this.pathOf(gone.id));
      bytes -= gone.bytes;
    }
  }
}

/** Which of three or more leaves the smallest gap when it goes; never the first or the last. */
function mostCrowded(kept: readonly PolicyEntry[]): number {
  const place = (i: number): number => Math.cbrt(kept[i].steps);
  let found = 1;
  for (let i = 2; i < kept.length - 1; i++) {
    if (place(i + 1) - place(i - 1) < place(found + 1) - place(found - 1)) found = i;
  }
  return found;
}
