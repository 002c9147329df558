import { describe, expect, test } from "vitest";
import { type MemoryDisk, memoryDisk } from "../src/disk-memory.js";
import { LineReader, LineWriter } from "../src/line-log.js";
import { faultyDisk } from "./faulty-disk.js";
import { codeOf, randomOf } from "./samples.js";

const path = "/log";

function put(disk: MemoryDisk, text: string): void {
  const file = disk.append(path);
  file.write(new TextEncoder().encode(text));
  file.close();
}

function reader(disk: MemoryDisk): LineReader<number> {
  return new LineReader(disk, path, (line) => {
    if (!/^[0-9]+$/.test(line)) throw new Error("not a number");
    return Number(line);
  });
}

describe("line log", () => {
  test("[G1] a reader follows what a writer adds", () => {
    const disk = memoryDisk();
    const follow = reader(disk);
    expect(follow.refresh()).toEqual([]);
    const writer = new LineWriter(disk, path);
    for (let i = 0; i < 5; i++) {
      writer.add(String(i));
      writer.flush();
      expect(follow.refresh()).toEqual([i]);
    }
    expect([follow.count, follow.read(1, 3), follow.read(3, 99), follow.read(5, 1)]).toEqual([
      ...[5, [1, 2, 3], [3, 4], []],
    ]);
  });

  test("[G2] a torn last line counts when its newline comes, other lines are skipped", () => {
    const disk = memoryDisk();
    put(disk, "1\nx\n\n2\n3");
    const follow = reader(disk);
    expect(follow.refresh()).toEqual([1, 2]);
    put(disk, "4");
    expect(follow.refresh()).toEqual([]);
    put(disk, "5\n6\n");
    expect(follow.refresh()).toEqual([345, 6]);
    expect(follow.read(0, 9)).toEqual([1, 2, 345, 6]);
  });

  test("[G2] lines split anywhere by chunks and writes are read whole", () => {
    const random = randomOf(3);
    const values = Array.from({ length: 3000 }, () => Math.floor(random() * 1e6));
    const text = values.map((value) => `${value}\n`).join("");
    const disk = memoryDisk();
    const follow = reader(disk);
    const seen: number[] = [];
    for (let at = 0; at < text.length; ) {
      const end = at + 1 + Math.floor(random() * 700);
      put(disk, text.slice(at, end));
      at = end;
      seen.push(...follow.refresh());
    }
    expect(seen).toEqual(values);
    expect(follow.read(1000, 10)).toEqual(values.slice(1000, 1010));
  });

  test("[G3] lines longer than 64 KiB are passed over", () => {
    const disk = memoryDisk();
    put(disk, `1\n${"7".repeat(2_500_000)}\n2\n${"7".repeat(70_000)}\n3\n`);
    const follow = reader(disk);
    expect(follow.refresh()).toEqual([1, 2, 3]);
    expect(follow.read(0, 9)).toEqual([1, 2, 3]);
  });

  test("[G4] the next writer cuts a torn line off", () => {
    for (const [before, after] of [
      ["1\n2", "1\n9\n"],
      ["12", "9\n"],
      ["", "9\n"],
      ["1\n", "1\n9\n"],
      [`1\n${"7".repeat(1_500_000)}`, "1\n9\n"],
    ] as const) {
      const disk = memoryDisk();
      put(disk, before);
      const writer = new LineWriter(disk, path);
      writer.add("9");
      writer.flush();
      expect(new TextDecoder().decode(disk.read(path, 1e7))).toBe(after);
    }
  });

  test("[G5] a full disk loses nothing that fits later and tears no line", () => {
    const disk = memoryDisk();
    const faulty = faultyDisk(disk);
    const writer = new LineWriter(faulty, path);
    const follow = reader(disk);
    const random = randomOf(5);
    faulty.setPlan((_, call) =>
      call.startsWith("write") && random() < 0.6 ? "ENOSPC" : undefined,
    );
    const seen: number[] = [];
    for (let i = 0; i < 200; i++) {
      writer.add(String(1000 + i));
      codeOf(() => writer.flush());
      seen.push(...follow.refresh());
    }
    faulty.setPlan(() => undefined);
    writer.flush();
    seen.push(...follow.refresh());
    expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => 1000 + i));
  });

  test("[G5] a disk that stays full costs a bounded amount of memory", () => {
    const faulty = faultyDisk(memoryDisk());
    const writer = new LineWriter(faulty, path);
    faulty.setPlan(() => "ENOSPC");
    for (let i = 0; i < 3000; i++) writer.add("x".repeat(999));
    expect(writer.dropped).toBe(3000 - Math.floor(2 ** 20 / 1000));
  });

  test("[G6] filtering starts readers anew, and writing goes on", () => {
    const disk = memoryDisk();
    const writer = new LineWriter(disk, path);
    const follow = reader(disk);
    for (let i = 0; i < 6; i++) writer.add(String(i));
    writer.flush();
    follow.refresh();
    writer.filter((line) => Number(line) < 2);
    writer.add("7");
    writer.flush();
    expect(follow.refresh()).toEqual([0, 1, 7]);
    expect([follow.restarts, follow.count]).toEqual([1, 3]);
    writer.filter(() => true);
    expect(follow.refresh()).toEqual([]);
    expect(follow.restarts).toBe(1);
  });

  test("[G6] whatever call fails while filtering, all lines or the kept ones are there", () => {
    for (let n = 1; ; n++) {
      const disk = memoryDisk();
      put(disk, "1\n2\n3\n");
      const faulty = faultyDisk(disk);
      const writer = new LineWriter(faulty, path);
      faulty.setPlan((at) => (at === n ? "EIO" : undefined));
      const code = codeOf(() => writer.filter((line) => line !== "2"));
      expect([
        [1, 2, 3],
        [1, 3],
      ]).toContainEqual(reader(disk).refresh());
      if (code === "none") break;
    }
  });
});
