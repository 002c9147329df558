/**
 * A file of JSON lines: one writer adds at the end, any number of readers follow. A line counts
 * once its newline is there; what a killed writer left of a line is ignored by readers and cut off
 * by the next writer. Lines that do not decode are skipped. Not here: what the lines mean.
 */
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { type Disk, type DiskFile, writeDurably } from "./disk.js";

const newline = 0x0a;
const chunkBytes = 1 << 20;
/** Longest line that is taken for one, in characters. */
export const maxLine: number = 64 * 1024;
/** Bytes that wait for a full disk; further lines are dropped, not the memory filled. */
const maxPending = 1 << 20;

/** Adds lines to a file. */
export class LineWriter {
  private readonly disk: Disk;
  private readonly path: string;
  private file: DiskFile;
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;
  private tornAt: number | undefined;
  /** Lines that were dropped because the disk took nothing for long. */
  dropped = 0;

  /** Opens the file and cuts off a torn last line. */
  constructor(disk: Disk, path: string) {
    this.disk = disk;
    this.path = path;
    this.file = openSound(disk, path);
  }

  /** Takes a line (without newline); `flush` writes it. */
  add(line: string): void {
    const bytes = new TextEncoder().encode(`${line}\n`);
    if (this.pendingBytes + bytes.length > maxPending) {
      this.dropped++;
      return;
    }
    this.pending.push(bytes);
    this.pendingBytes += bytes.length;
  }

  /** Writes all lines taken; throws what the disk throws and keeps the rest for the next time. */
  flush(): void {
    if (this.tornAt !== undefined) this.file.truncate(this.tornAt);
    for (let next = this.pending[0]; next !== undefined; next = this.pending[0]) {
      // A write that throws may have left something: it is cut off before the next one.
      this.tornAt = this.file.size;
      const written = this.file.write(next);
      this.tornAt = undefined;
      this.pendingBytes -= written;
      if (written === next.length) this.pending.shift();
      else this.pending[0] = next.subarray(written);
    }
  }

  /** As `flush`, and returns when all is on the disk itself. */
  sync(): void {
    this.flush();
    this.file.sync();
  }

  /** Keeps only the lines that pass the test; readers see either all lines or the kept ones. */
  filter(keep: (line: string) => boolean): void {
    this.flush();
    this.file.close();
    try {
      filterLines(this.disk, this.path, keep);
    } finally {
      this.file = openSound(this.disk, this.path);
    }
  }

  close(): void {
    this.file.close();
  }
}

/** Follows a file of lines; `T` is what a line decodes to. */
export class LineReader<T> {
  private readonly disk: Disk;
  private readonly path: string;
  private readonly decode: (line: string) => T;
  private readonly starts: number[] = [];
  private end = 0;
  private skipping = false;
  private identity: string | undefined;
  /** How often the file was found replaced or shortened, so that all counts began anew. */
  restarts = 0;

  /** `decode` throws for a line that is none. */
  constructor(disk: Disk, path: string, decode: (line: string) => T) {
    this.disk = disk;
    this.path = path;
    this.decode = decode;
  }

  /** Sound lines found so far. */
  get count(): number {
    return this.starts.length;
  }

  /** Takes in what was added; returns the new lines' values. */
  refresh(): T[] {
    const entry = this.disk.look(this.path);
    const isSame =
      entry === undefined || this.identity === undefined || entry.identity === this.identity;
    if (!isSame || (entry?.bytes ?? 0) < this.end) this.restart();
    this.identity = entry?.identity ?? this.identity;
    if (entry?.kind !== "file") return [];
    const values: T[] = [];
    while (this.end < entry.bytes && this.readChunk(values)) {}
    return values;
  }

  /** Values of lines [from, from + limit). */
  read(from: number, limit: number): T[] {
    const to = Math.min(this.count, from + limit);
    if (from >= to) return [];
    const start = this.starts[from] as number;
    const stop = this.starts[to] ?? this.end;
    const lines = splitLines(this.disk.readRange(this.path, start, stop - start));
    return lines.flatMap(({ text }) => this.tryDecode(text));
  }

  private restart(): void {
    if (this.end > 0) this.restarts++;
    this.starts.length = 0;
    this.end = 0;
    this.skipping = false;
  }

  /** Returns false when only the beginning of a line is left. */
  private readChunk(values: T[]): boolean {
    const chunk = this.disk.readRange(this.path, this.end, chunkBytes);
    const last = chunk.lastIndexOf(newline);
    if (last < 0) {
      // A line longer than a chunk is none: it is passed over until its newline comes.
      if (chunk.length < chunkBytes) return false;
      this.end += chunk.length;
      this.skipping = true;
      return true;
    }
    for (const { start, text } of splitLines(chunk.subarray(0, last + 1))) {
      const decoded = this.skipping ? [] : this.tryDecode(text);
      this.skipping = false;
      if (decoded.length === 0) continue;
      this.starts.push(this.end + start);
      values.push(...decoded);
    }
    this.end += last + 1;
    return true;
  }

  private tryDecode(text: string): T[] {
    if (text.length > maxLine) return [];
    try {
      return [this.decode(text)];
    } catch {
      return [];
    }
  }
}

function openSound(disk: Disk, path: string): DiskFile {
  const end = soundEnd(disk, path);
  const file = disk.append(path);
  if (file.size > end) file.truncate(end);
  return file;
}

function filterLines(disk: Disk, path: string, keep: (line: string) => boolean): void {
  const lines = splitLines(disk.readRange(path, 0, soundEnd(disk, path))).map(({ text }) => text);
  const kept = lines.filter(keep);
  if (kept.length === lines.length) return;
  replaceFile(disk, path, new TextEncoder().encode(kept.map((line) => `${line}\n`).join("")));
}

/** Writes a file so that at any moment there is the old one or the new one. */
export function replaceFile(disk: Disk, path: string, bytes: Uint8Array): void {
  const folder = dirname(path);
  const draft = join(folder, `.tmp-${process.pid}-${randomBytes(6).toString("hex")}`);
  try {
    writeDurably(disk, draft, bytes);
    disk.rename(draft, path);
    disk.syncFolder(folder);
  } catch (error) {
    try {
      disk.remove(draft);
    } catch {
      // Opening the run removes what is left of temporary files.
    }
    throw error;
  }
}

/** Bytes up to and with the last newline. */
function soundEnd(disk: Disk, path: string): number {
  const size = disk.look(path)?.bytes ?? 0;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunkBytes);
    const chunk = disk.readRange(path, start, end - start);
    const last = chunk.lastIndexOf(newline);
    if (last >= 0) return start + last + 1;
    end = start;
  }
  return 0;
}

/** Lines of bytes that end with a newline, and the byte at which each begins. */
function splitLines(bytes: Uint8Array): { start: number; text: string }[] {
  const decoder = new TextDecoder();
  const lines: { start: number; text: string }[] = [];
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(newline, start);
    const end = found < 0 ? bytes.length : found;
    lines.push({ start, text: decoder.decode(bytes.subarray(start, end)) });
    start = end + 1;
  }
  return lines;
}
