/**
 * The file system as a Disk. The only file of this package that imports node:fs.
 */
import * as fs from "node:fs";
import { type Disk, type DiskEntry, type DiskFile, diskError } from "./disk.js";

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_APPEND } = fs.constants;
/** Absent on Windows, where opening never follows into a surprise of this kind. */
const noFollow = fs.constants.O_NOFOLLOW ?? 0;
/** Opening a pipe that somebody put in place of a file must not wait for its other end. */
const noWait = fs.constants.O_NONBLOCK ?? 0;
const chunkBytes = 1 << 20;

/** The file system. */
export const nodeDisk: Disk = {
  look,
  list: (folder) => fs.readdirSync(folder).sort(),
  read,
  readRange,
  create: (path) => openToWrite(path, O_WRONLY | O_CREAT | O_EXCL | noFollow),
  append: (path) => openToWrite(path, O_WRONLY | O_CREAT | O_APPEND | noFollow | noWait),
  makeFolder: (path) => fs.mkdirSync(path),
  syncFolder,
  rename: (from, to) => fs.renameSync(from, to),
  link: (from, to) => fs.linkSync(from, to),
  touch: (path) => {
    const now = Date.now() / 1000;
    fs.lutimesSync(path, now, now);
  },
  remove: (path) => fs.rmSync(path, { recursive: true, force: true }),
};

/** Where a symbolic link points, undefined if it cannot be read. */
export function linkTarget(path: string): string | undefined {
  try {
    return fs.readlinkSync(path);
  } catch {
    return undefined;
  }
}

function look(path: string): DiskEntry | undefined {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  return {
    kind: stat.isFile() ? "file" : stat.isDirectory() ? "folder" : "other",
    bytes: stat.size,
    modified: stat.mtimeMs,
    identity: `${stat.dev}:${stat.ino}`,
  };
}

/** Reads to the end rather than to the stated size, which is 0 for the files of /proc. */
function read(path: string, maxBytes: number): Uint8Array {
  const fd = openToRead(path);
  try {
    const size = fs.fstatSync(fd).size;
    if (size > maxBytes) throw diskError("EFBIG", "read", path);
    let bytes: Uint8Array = new Uint8Array(Math.min(maxBytes, size > 0 ? size : chunkBytes));
    let done = 0;
    for (;;) {
      const n = done < bytes.length ? fs.readSync(fd, bytes, done, bytes.length - done, null) : 0;
      if (n > 0) done += n;
      else if (done < bytes.length || size > 0) return bytes.subarray(0, done);
      else if (done >= maxBytes) throw diskError("EFBIG", "read", path);
      else bytes = grown(bytes, Math.min(maxBytes, 2 * bytes.length));
    }
  } finally {
    fs.closeSync(fd);
  }
}

function readRange(path: string, offset: number, length: number): Uint8Array {
  const fd = openToRead(path);
  try {
    const size = fs.fstatSync(fd).size;
    const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
    let done = 0;
    while (done < bytes.length) {
      const n = fs.readSync(fd, bytes, done, bytes.length - done, offset + done);
      if (n === 0) break;
      done += n;
    }
    return bytes.subarray(0, done);
  } finally {
    fs.closeSync(fd);
  }
}

function openToRead(path: string): number {
  const fd = fs.openSync(path, O_RDONLY | noFollow | noWait);
  if (fs.fstatSync(fd).isFile()) return fd;
  fs.closeSync(fd);
  throw diskError("EINVAL", "open", path);
}

function openToWrite(path: string, flags: number): DiskFile {
  const fd = fs.openSync(path, flags, 0o644);
  const stat = fs.fstatSync(fd);
  if (!stat.isFile()) {
    fs.closeSync(fd);
    throw diskError("EINVAL", "open", path);
  }
  let { size } = stat;
  let open = true;
  return {
    get size() {
      return size;
    },
    write: (bytes) => {
      const n = fs.writeSync(fd, bytes);
      size += n;
      return n;
    },
    sync: () => fs.fsyncSync(fd),
    truncate: (length) => {
      fs.ftruncateSync(fd, length);
      size = length;
    },
    close: () => {
      if (open) fs.closeSync(fd);
      open = false;
    },
  };
}

/** Windows cannot sync folders; its file systems log changes of names. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const fd = fs.openSync(path, O_RDONLY | noFollow);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function grown(bytes: Uint8Array, length: number): Uint8Array {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}
