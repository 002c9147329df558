import { describe, expect, test } from "vitest";
import {
  decodeLiveFrame,
  encodeLiveFrame,
  FormatError,
  type LiveBoard,
  liveBoardBytes,
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

describe("live frame", () => {
  test("[L1] the bytes are these", () => {
    const bytes = encodeLiveFrame({ envSteps: 1000, boards: [board] });
    expect(Buffer.from(bytes).toString("hex")).toBe(
      [
        ...["01", "01", "0100", "0000000000408f40"],
        ...["03000000", "05000000", "ffffffffffff3f43", "04010000", "0500", "00", "00"],
        ...["0102030002", "000000"],
      ].join(""),
    );
    expect(bytes.length).toBe(12 + liveBoardBytes(board.actions.length));
  });

  test("[L1] frames come back as they were", () => {
    const fresh = { ...board, env: 0, from: 0, actions: new Uint8Array(0), reset: true };
    for (const boards of [[], [board], [fresh, board], [board, fresh, board]]) {
      const frame = { envSteps: 123_456_789, boards };
      expect(decodeLiveFrame(encodeLiveFrame(frame))).toEqual(frame);
    }
  });

  test("[L1] a frame may lie anywhere inside a larger buffer", () => {
    const bytes = encodeLiveFrame({ envSteps: 1, boards: [board] });
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    expect(decodeLiveFrame(larger.subarray(3, 3 + bytes.length)).boards).toEqual([board]);
  });

  test("[L2] more than 65,535 bytes of actions take several records that follow each other", () => {
    const actions = Uint8Array.from({ length: 150_000 }, (_, i) => i % 251);
    const long = { ...board, from: 0, actions, reset: true };
    const bytes = encodeLiveFrame({ envSteps: 1, boards: [long] });
    expect(bytes.length).toBe(12 + liveBoardBytes(actions.length));
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
    expect(() => decodeLiveFrame(Buffer.concat([bytes, Buffer.alloc(4)]))).toThrow(FormatError);
  });

  test("[L3] arbitrary bytes are a frame or a FormatError, never anything else", () => {
    const random = randomOf(1);
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 80) }, () => random() * 256);
      bytes.set([1, 1, Math.floor(random() * 3), 0].slice(0, bytes.length));
      try {
        const frame = decodeLiveFrame(bytes);
        expect(decodeLiveFrame(encodeLiveFrame(frame))).toEqual(frame);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }
  });
});
