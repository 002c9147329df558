/**
 * The few things this package asks of a disk, as an interface: the file system (disk-node.ts, the
 * only file that imports node:fs) and a disk in memory that can lose power (disk-memory.ts)
 * implement it, and tests wrap it to make calls fail. All calls are synchronous and throw the
 * system's errors (`code` "ENOENT", "ENOSPC", ...). No call follows a symbolic link in the last
 * part of a path.
 */

/** An open file at whose end bytes are added. */
export interface DiskFile {
  /** Bytes in the file. */
  readonly size: number;
  /** Adds bytes; returns how many fitted, which may be fewer, or throws. */
  write(bytes: Uint8Array): number;
  /** Returns when the content is on the disk itself. */
  sync(): void;
  /** Cuts the file to a length. */
  truncate(size: number): void;
  /** Gives the file back. */
  close(): void;
}

/** What there is at a path. */
export interface DiskEntry {
  /** What it is. */
  readonly kind: "file" | "folder" | "other";
  /** Size of a file. */
  readonly bytes: number;
  /** Milliseconds since 1970, by the file system's clock. */
  readonly modified: number;
  /** Changes when the file is replaced by another of the same name. */
  readonly identity: string;
}

/** See the head of the file. */
export interface Disk {
  /** undefined if nothing is there. Does not follow symbolic links (kind "other"). */
  look(path: string): DiskEntry | undefined;
  /** Names in a folder, sorted. */
  list(folder: string): string[];
  /**
   * The whole file. Refuses what is not a plain file, and files longer than `maxBytes` (code
   * "EFBIG").
   */
  read(path: string, maxBytes: number): Uint8Array;
  /** Bytes [offset, offset + length), fewer at the end of the file. */
  readRange(path: string, offset: number, length: number): Uint8Array;
  /** A new file; code "EEXIST" if there is something. */
  create(path: string): DiskFile;
  /** A file to add to, made if missing. */
  append(path: string): DiskFile;
  /** Makes one folder; code "EEXIST" if there is something. */
  makeFolder(path: string): void;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): void;
  /** Moves, replacing a file (never a folder that holds something). */
  rename(from: string, to: string): void;
  /** A second name for a file; code "EEXIST" if there is something at `to`. */
  link(from: string, to: string): void;
  /** Sets the time of the last change to now. */
  touch(path: string): void;
  /** Removes a file, or a folder with all it holds; nothing there is fine. */
  remove(path: string): void;
}

/** An error as the system would throw it. */
export function diskError(code: string, call: string, path: string): Error & { code: string } {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code });
}

/** Writes all bytes of a new file and returns when they are on the disk itself. */
export function writeDurably(disk: Disk, path: string, bytes: Uint8Array): void {
  const file = disk.create(path);
  try {
    for (let done = 0; done < bytes.length; ) done += file.write(bytes.subarray(done));
    file.sync();
  } finally {
    file.close();
  }
}
