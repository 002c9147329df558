import { describe, expect, test } from "vitest";
import {
  decodeLiveFrame,
  encodeLiveFrame,
  FormatError,
  type LiveBoard,
  type LivePart,
} from "../../src/formats/index.js";
import { randomOf } from "../samples.js";

const board: LiveBoard = {
  env: 3,
  episode: 5,
  seed: 2 ** 53 - 1,
  from: 260,
  actions: Uint8Array.of(1, 2, 3, 0, 2),
  reset: false,
};

/** A board as it arrives: with a seed only where it starts. */
function arrived(one: LiveBoard): LivePart {
  return { ...one, seed: one.reset ? one.seed : undefined };
}

describe("live frame", () => {
  test("[L1] the bytes are these", () => {
    const bytes = encodeLiveFrame({ envSteps: 1000, boards: [board] });
    expect(Buffer.from(bytes).toString("hex")).toBe(
      [
        ...["01", "02", "01", "e807"], // kind, version, one record, 1000 steps
        ...["02", "03", "05", "8402", "05", "3902"], // 2 bits, env, episode, from 260, 5 bytes
      ].join(""),
    );
    const start = { ...board, from: 0, reset: true };
    expect(Buffer.from(encodeLiveFrame({ envSteps: 0, boards: [start] })).toString("hex")).toBe(
      ["01", "02", "01", "00", "12", "03", "05", "ffffffffffffff0f", "05", "3902"].join(""),
    );
  });

  test("[L1] frames come back as they were", () => {
    const fresh = { ...board, env: 0, from: 0, actions: new Uint8Array(0), reset: true };
    for (const boards of [[], [board], [fresh, board], [board, fresh, board]]) {
      const frame = { envSteps: 123_456_789, boards };
      const expected = { ...frame, boards: boards.map(arrived) };
      expect(decodeLiveFrame(encodeLiveFrame(frame))).toEqual(expected);
    }
  });

  test("[L1] actions of any size come back, small ones in fewer bytes", () => {
    for (const largest of [1, 2, 3, 7, 17, 255]) {
      const actions = Uint8Array.from({ length: 40 }, (_, i) => (i * 7) % (largest + 1));
      const bytes = encodeLiveFrame({ envSteps: 1, boards: [{ ...board, actions }] });
      expect(decodeLiveFrame(bytes).boards[0].actions).toEqual(actions);
      expect(bytes.length).toBe(10 + Math.ceil((40 * (32 - Math.clz32(largest))) / 8));
    }
  });

  test("[L1] 64 boards that play 8 decisions each take less than 20 kB a second at 30 Hz", () => {
    const boards = Array.from({ length: 64 }, (_, env) => {
      const actions = Uint8Array.from({ length: 8 }, (_, i) => (i + env) % 3);
      return { ...board, env, episode: 40, from: 800, actions };
    });
    const bytes = encodeLiveFrame({ envSteps: 1e9, boards });
    expect(30 * bytes.length).toBeLessThan(20_000);
  });

  test("[L1] a frame may lie anywhere inside a larger buffer", () => {
    const bytes = encodeLiveFrame({ envSteps: 1, boards: [board] });
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    expect(decodeLiveFrame(larger.subarray(3, 3 + bytes.length)).boards).toEqual([arrived(board)]);
  });

  test("[L2] more than 65,535 bytes of actions take several records that follow each other", () => {
    const actions = Uint8Array.from({ length: 150_000 }, (_, i) => i % 251);
    const long = { ...board, from: 0, actions, reset: true };
    const bytes = encodeLiveFrame({ envSteps: 1, boards: [long] });
    const { boards } = decodeLiveFrame(bytes);
    expect(boards.map((b) => [b.from, b.actions.length, b.reset])).toEqual([
      [0, 65_535, true],
      [65_535, 65_535, false],
      [131_070, 18_930, false],
    ]);
    expect(Buffer.concat(boards.map((b) => b.actions)).equals(actions)).toBe(true);
  });

  test("[L3] numbers out of range are refused", () => {
    const cases: Partial<LiveBoard>[] = [
      { env: -1 },
      { env: 1.5 },
      { episode: 2 ** 32 },
      { seed: 2 ** 53 },
      { seed: Number.NaN },
      { from: -1 },
      { from: 1, reset: true },
    ];
    for (const change of cases) {
      const boards = [{ ...board, ...change }];
      expect(() => encodeLiveFrame({ envSteps: 0, boards })).toThrow(FormatError);
    }
  });

  test("[L3] every truncation is refused, and bytes too many", () => {
    const bytes = encodeLiveFrame({ envSteps: 9, boards: [board, { ...board, env: 4 }] });
    for (let n = 0; n < bytes.length; n++) {
      expect(() => decodeLiveFrame(bytes.subarray(0, n))).toThrow(FormatError);
    }
    expect(() => decodeLiveFrame(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(FormatError);
  });

  test("[L3] arbitrary bytes are a frame or a FormatError, never anything else", () => {
    const random = randomOf(1);
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 80) }, () => random() * 256);
      bytes.set([1, 2, Math.floor(random() * 3)].slice(0, bytes.length));
      try {
        const frame = decodeLiveFrame(bytes);
        const boards = frame.boards.map((one) => ({ ...one, seed: one.seed ?? 0 }));
        expect(decodeLiveFrame(encodeLiveFrame({ ...frame, boards }))).toEqual(frame);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }
  });
});
