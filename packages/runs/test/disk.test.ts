/** One suite for both disks: what the interface promises. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Disk, writeDurably } from "../src/disk.js";
import { memoryDisk } from "../src/disk-memory.js";
import { nodeDisk } from "../src/disk-node.js";
import { codeOf, inFolder, randomOf } from "./samples.js";

const root = mkdtempSync(join(tmpdir(), "carom-disk-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const disks: [string, Disk, string][] = [
  ["file system", nodeDisk, root],
  ["memory", memoryDisk(), "/"],
];

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe.each(disks)("disk: %s", (_, disk, top) => {
  const folder = (name: string): string => {
    const path = join(top, name);
    disk.makeFolder(path);
    return path;
  };

  test("a file is made once, written, read in whole and in part", () => {
    const path = join(folder("whole"), "a");
    writeDurably(disk, path, bytesOf("hello"));
    expect(textOf(disk.read(path, 5))).toBe("hello");
    expect(textOf(disk.readRange(path, 1, 3))).toBe("ell");
    expect(textOf(disk.readRange(path, 4, 9))).toBe("o");
    expect(disk.readRange(path, 9, 1)).toHaveLength(0);
    expect(codeOf(() => disk.create(path))).toBe("EEXIST");
    expect(codeOf(() => disk.read(path, 4))).toBe("EFBIG");
    expect(disk.look(path)).toMatchObject({ kind: "file", bytes: 5 });
  });

  test("adding goes to the end, cutting shortens", () => {
    const path = join(folder("adding"), "a");
    const first = disk.append(path);
    expect([first.size, first.write(bytesOf("abc")), first.size]).toEqual([0, 3, 3]);
    first.close();
    first.close();
    const second = disk.append(path);
    expect(second.size).toBe(3);
    second.write(bytesOf("def"));
    second.truncate(4);
    second.write(bytesOf("!"));
    second.sync();
    second.close();
    expect(textOf(disk.read(path, 99))).toBe("abcd!");
  });

  test("what is missing is ENOENT, or undefined for look", () => {
    const path = join(folder("missing"), "a");
    expect(disk.look(path)).toBe(undefined);
    expect(disk.look(join(path, "b"))).toBe(undefined);
    const calls = [
      () => disk.read(path, 9),
      () => disk.readRange(path, 0, 1),
      () => disk.list(path),
      () => disk.create(join(path, "b")),
      () => disk.makeFolder(join(path, "b")),
      () => disk.rename(path, `${path}2`),
      () => disk.link(path, `${path}2`),
      () => disk.syncFolder(path),
    ];
    for (const call of calls) expect(codeOf(call)).toBe("ENOENT");
    expect(codeOf(() => disk.remove(path))).toBe("none");
  });

  test("folders are listed sorted, removed with all they hold", () => {
    const path = folder("listed");
    for (const name of ["b", "a", "c"]) writeDurably(disk, join(path, name), bytesOf(name));
    disk.makeFolder(join(path, "sub"));
    writeDurably(disk, join(path, "sub", "x"), bytesOf("x"));
    expect(disk.list(path)).toEqual(["a", "b", "c", "sub"]);
    expect(codeOf(() => disk.makeFolder(join(path, "sub")))).toBe("EEXIST");
    expect(codeOf(() => disk.list(join(path, "a")))).toBe("ENOTDIR");
    disk.syncFolder(path);
    disk.remove(path);
    expect(disk.look(path)).toBe(undefined);
  });

  test("renaming replaces a file, never a folder that holds something", () => {
    const path = folder("renamed");
    const at = (name: string): string => join(path, name);
    for (const name of ["a", "b"]) writeDurably(disk, at(name), bytesOf(name));
    disk.rename(at("a"), at("b"));
    expect(textOf(disk.read(at("b"), 9))).toBe("a");
    expect(disk.look(at("a"))).toBe(undefined);
    for (const name of ["c", "d"]) {
      disk.makeFolder(at(name));
      writeDurably(disk, join(at(name), "x"), bytesOf(name));
    }
    expect(codeOf(() => disk.rename(at("c"), at("d")))).toBe("ENOTEMPTY");
    disk.rename(at("c"), at("e"));
    expect(textOf(disk.read(join(at("e"), "x"), 9))).toBe("c");
  });

  test("a link is a second name and never replaces", () => {
    const path = folder("linked");
    const at = (name: string): string => join(path, name);
    writeDurably(disk, at("a"), bytesOf("a"));
    disk.link(at("a"), at("b"));
    expect(disk.look(at("b"))?.identity).toBe(disk.look(at("a"))?.identity);
    expect(codeOf(() => disk.link(at("a"), at("b")))).toBe("EEXIST");
    disk.remove(at("a"));
    expect(textOf(disk.read(at("b"), 9))).toBe("a");
  });

  test("touching moves the time of change forward", () => {
    const path = join(folder("touched"), "a");
    writeDurably(disk, path, bytesOf("a"));
    const before = disk.look(path)?.modified ?? 0;
    disk.touch(path);
    expect(disk.look(path)?.modified).toBeGreaterThanOrEqual(before - 1);
  });
});

describe("disk: file system", () => {
  test("links, pipes and folders are not read as files", () => {
    inFolder((folder) => {
      const at = (name: string): string => join(folder, name);
      writeFileSync(at("secret"), "secret");
      symlinkSync(at("secret"), at("link"));
      mkdirSync(at("folder"));
      execFileSync("mkfifo", [at("pipe")]);
      for (const name of ["link", "folder", "pipe"]) {
        expect(codeOf(() => nodeDisk.read(at(name), 99))).not.toBe("none");
        expect(codeOf(() => nodeDisk.readRange(at(name), 0, 9))).not.toBe("none");
        expect(codeOf(() => nodeDisk.append(at(name)))).not.toBe("none");
      }
      expect(nodeDisk.look(at("link"))?.kind).toBe("other");
      expect(nodeDisk.look(at("pipe"))?.kind).toBe("other");
      nodeDisk.remove(at("link"));
      expect(nodeDisk.look(at("secret"))?.kind).toBe("file");
    });
  });

  test("files that state no size are read to their end", () => {
    expect(textOf(nodeDisk.read("/proc/self/stat", 1 << 16))).toContain(`${process.pid} `);
  });
});

describe("disk: memory", () => {
  test("what was synced survives the loss of power, the rest by chance", () => {
    const disk = memoryDisk();
    disk.makeFolder("/a");
    writeDurably(disk, "/a/synced", bytesOf("one"));
    disk.syncFolder("/a");
    disk.syncFolder("/");
    const file = disk.append("/a/synced");
    file.write(bytesOf("two"));
    writeDurably(disk, "/a/nameless", bytesOf("three"));
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const after = disk.afterPowerLoss(randomOf(seed));
      const content = textOf(after.read("/a/synced", 99));
      expect("onetwo".startsWith(content) && content.length >= 3).toBe(true);
      seen.add(`${content} ${after.list("/a").length}`);
    }
    expect(seen.size).toBe(8);
    expect(textOf(disk.read("/a/synced", 99))).toBe("onetwo");
  });
});
