/**
 * A disk in memory, for tests. It remembers what was synced and can lose power: then a file holds
 * what was synced or a torn beginning of what was written, and a folder's names are the synced ones
 * or the newer ones, each by chance. This is harsher than real journalling file systems, which keep
 * the order of changes of names.
 */
import { type Disk, type DiskEntry, type DiskFile, diskError } from "./disk.js";

interface FileNode {
  readonly kind: "file";
  readonly identity: string;
  bytes: Uint8Array;
  synced: Uint8Array;
  modified: number;
}

interface FolderNode {
  readonly kind: "folder";
  readonly identity: string;
  names: Map<string, Node>;
  synced: Map<string, Node>;
}

type Node = FileNode | FolderNode;

/** A Disk in memory. */
export interface MemoryDisk extends Disk {
  /** A disk as it may look after the power failed now; `random` gives numbers in [0, 1). */
  afterPowerLoss(random: () => number): MemoryDisk;
  /** A copy that shares nothing. */
  copy(): MemoryDisk;
}

/** An empty disk; the folder "/" exists. `now`: the clock for times of change, in milliseconds. */
export function memoryDisk(now: () => number = Date.now): MemoryDisk {
  return diskOver(newFolder(), now);
}

let lastIdentity = 0;

function newIdentity(): string {
  return String(++lastIdentity);
}

function newFolder(): FolderNode {
  return { kind: "folder", identity: newIdentity(), names: new Map(), synced: new Map() };
}

function diskOver(root: FolderNode, now: () => number): MemoryDisk {
  const create = (path: string): DiskFile => {
    const { folder, name } = place(root, path);
    if (folder.names.has(name)) throw diskError("EEXIST", "open", path);
    const bytes = new Uint8Array(0);
    const identity = newIdentity();
    const file: FileNode = { kind: "file", identity, bytes, synced: bytes, modified: now() };
    folder.names.set(name, file);
    return handle(file, now);
  };
  return {
    look: (path) => entryOf(find(root, path)),
    list: (path) => [...folderAt(root, path).names.keys()].sort(),
    read: (path, maxBytes) => {
      const { bytes } = fileAt(root, path);
      if (bytes.length > maxBytes) throw diskError("EFBIG", "read", path);
      return bytes.slice();
    },
    readRange: (path, offset, length) => fileAt(root, path).bytes.slice(offset, offset + length),
    create,
    append: (path) =>
      find(root, path) === undefined ? create(path) : handle(fileAt(root, path), now),
    makeFolder: (path) => {
      const { folder, name } = place(root, path);
      if (folder.names.has(name)) throw diskError("EEXIST", "mkdir", path);
      folder.names.set(name, newFolder());
    },
    syncFolder: (path) => {
      const folder = folderAt(root, path);
      folder.synced = new Map(folder.names);
    },
    rename: (from, to) => rename(root, from, to),
    link: (from, to) => {
      const node = fileAt(root, from);
      const { folder, name } = place(root, to);
      if (folder.names.has(name)) throw diskError("EEXIST", "link", to);
      folder.names.set(name, node);
    },
    touch: (path) => {
      fileAt(root, path).modified = now();
    },
    remove: (path) => {
      if (find(root, path) === undefined) return;
      const { folder, name } = place(root, path);
      folder.names.delete(name);
    },
    afterPowerLoss: (random) => diskOver(survivingFolder(root, random), now),
    copy: () => diskOver(copyFolder(root), now),
  };
}

function handle(file: FileNode, now: () => number): DiskFile {
  return {
    get size() {
      return file.bytes.length;
    },
    write: (bytes) => {
      const longer = new Uint8Array(file.bytes.length + bytes.length);
      longer.set(file.bytes);
      longer.set(bytes, file.bytes.length);
      file.bytes = longer;
      file.modified = now();
      return bytes.length;
    },
    sync: () => {
      file.synced = file.bytes;
    },
    truncate: (size) => {
      file.bytes = file.bytes.slice(0, size);
    },
    close: () => {},
  };
}

function rename(root: FolderNode, from: string, to: string): void {
  const source = place(root, from);
  const node = source.folder.names.get(source.name);
  if (node === undefined) throw diskError("ENOENT", "rename", from);
  const target = place(root, to);
  const old = target.folder.names.get(target.name);
  if (old?.kind === "folder" && old.names.size > 0) throw diskError("ENOTEMPTY", "rename", to);
  if (old !== undefined && old.kind !== node.kind) throw diskError("ENOTDIR", "rename", to);
  source.folder.names.delete(source.name);
  target.folder.names.set(target.name, node);
}

function survivingFolder(folder: FolderNode, random: () => number): FolderNode {
  const names = new Map<string, Node>();
  for (const name of new Set([...folder.synced.keys(), ...folder.names.keys()])) {
    const node = random() < 0.5 ? folder.synced.get(name) : folder.names.get(name);
    if (node !== undefined) names.set(name, survivor(node, random));
  }
  return { kind: "folder", identity: newIdentity(), names, synced: new Map(names) };
}

function survivor(node: Node, random: () => number): Node {
  if (node.kind === "folder") return survivingFolder(node, random);
  const { synced } = node;
  const torn = node.bytes.slice(0, Math.floor(random() * (node.bytes.length + 1)));
  const isAddition = torn.length >= synced.length && synced.every((byte, i) => torn[i] === byte);
  const bytes = isAddition ? torn : synced.slice();
  return { kind: "file", identity: newIdentity(), bytes, synced: bytes, modified: node.modified };
}

function copyFolder(folder: FolderNode): FolderNode {
  const copies = new Map<Node, Node>();
  const copy = (node: Node): Node => {
    const made = copies.get(node) ?? (node.kind === "folder" ? copyFolder(node) : { ...node });
    copies.set(node, made);
    return made;
  };
  const all = (names: Map<string, Node>): Map<string, Node> =>
    new Map([...names].map(([name, node]) => [name, copy(node)]));
  return { ...folder, names: all(folder.names), synced: all(folder.synced) };
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function find(root: FolderNode, path: string): Node | undefined {
  let node: Node | undefined = root;
  for (const part of partsOf(path)) {
    if (node?.kind !== "folder") return undefined;
    node = node.names.get(part);
  }
  return node;
}

function place(root: FolderNode, path: string): { folder: FolderNode; name: string } {
  const parts = partsOf(path);
  const name = parts.pop();
  const folder = find(root, parts.join("/"));
  if (name === undefined || folder?.kind !== "folder") throw diskError("ENOENT", "open", path);
  return { folder, name };
}

function folderAt(root: FolderNode, path: string): FolderNode {
  const node = find(root, path);
  if (node === undefined) throw diskError("ENOENT", "scandir", path);
  if (node.kind !== "folder") throw diskError("ENOTDIR", "scandir", path);
  return node;
}

function fileAt(root: FolderNode, path: string): FileNode {
  const node = find(root, path);
  if (node === undefined) throw diskError("ENOENT", "open", path);
  if (node.kind !== "file") throw diskError("EINVAL", "open", path);
  return node;
}

function entryOf(node: Node | undefined): DiskEntry | undefined {
  if (node === undefined) return undefined;
  const { kind, identity } = node;
  if (node.kind === "folder") return { kind, identity, bytes: 0, modified: 0 };
  return { kind, identity, bytes: node.bytes.length, modified: node.modified };
}
