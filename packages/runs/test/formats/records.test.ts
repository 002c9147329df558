import { describe, expect, test } from "vitest";
import {
  decodeClientMessage,
  decodeEpisodeEntry,
  decodeEpisodesPage,
  decodeJson,
  decodeMetricsPage,
  decodeMetricsRow,
  decodeRunFacts,
  decodeRunManifest,
  decodeRunResult,
  decodeServerMessage,
  decodeStoredEpisode,
  type EpisodeEntry,
  encodeJson,
  encodeMetricsRow,
  FormatError,
  isEpisodeId,
  isRunId,
  type RunManifest,
  type RunResult,
} from "../../src/formats/index.js";
import { episodeOf, setup } from "../samples.js";

const manifest: RunManifest = {
  ...{ format: 1, id: "breakout-ppo-1", status: "running", steps: 5, ...setup },
  startedAt: "2026-01-02T03:04:05.000Z",
};
const entry: EpisodeEntry = { id: "12", ...episodeOf(), reason: "best" };

function again(value: object): ReturnType<typeof decodeJson> {
  return decodeJson(encodeJson(value));
}

describe("run.json", () => {
  test("[F1] comes back as it was", () => {
    expect(decodeRunManifest(again(manifest))).toEqual(manifest);
  });

  test("[F2] a missing or wrong field is named", () => {
    for (const field of Object.keys(manifest)) {
      expect(() => decodeRunManifest(again({ ...manifest, [field]: [] }))).toThrow(field);
      expect(() => decodeRunManifest(again({ ...manifest, [field]: undefined }))).toThrow(
        FormatError,
      );
    }
    expect(() => decodeRunManifest(again({ ...manifest, format: 2 }))).toThrow("unknown format");
  });

  test("[F3] names of runs cannot leave their folder", () => {
    for (const id of ["a", "breakout-ppo-1", "A.b_c-9"]) expect(isRunId(id)).toBe(true);
    const bad = [
      "",
      ".",
      "..",
      ".x",
      "-x",
      "a/b",
      "a\\b",
      "a b",
      "a\n",
      "a\0",
      "ä",
      "x".repeat(101),
    ];
    for (const id of bad) {
      expect(isRunId(id)).toBe(false);
      expect(() => decodeRunFacts(again({ ...manifest, id }))).toThrow(FormatError);
    }
  });
});

describe("metrics", () => {
  test("[M1] a row comes back as it was; undefined is left out", () => {
    const row = { steps: 10, score: Number.NaN, gradNorm: Number.POSITIVE_INFINITY, note: "x" };
    expect(decodeMetricsRow(encodeMetricsRow({ ...row, other: undefined }))).toEqual(row);
  });

  test("[M2] lines that are no rows are refused", () => {
    const bad = [
      "",
      "{",
      "[]",
      '{"score":1}',
      '{"steps":"1"}',
      '{"steps":1,"x":[]}',
      '{"steps":1}x',
    ];
    for (const line of bad) expect(() => decodeMetricsRow(line)).toThrow(FormatError);
    expect(() => encodeMetricsRow({ steps: 1, note: "x".repeat(70_000) })).toThrow("too long");
  });
});

describe("episodes", () => {
  test("[E1] an entry comes back as it was", () => {
    expect(decodeEpisodeEntry(again(entry))).toEqual(entry);
    const stored = { ...entry, pack: 0, offset: 10, bytes: 20, crc: 0xffffffff };
    expect(decodeStoredEpisode(again(stored))).toEqual(stored);
  });

  test("[E2] wrong fields are refused", () => {
    const cases: object[] = [
      { id: "../1" },
      { id: "" },
      { id: "1".repeat(16) },
      { env: -1 },
      { length: 0.5 },
      { return: Number.NaN },
      { terminated: 1 },
      { reason: "other" },
    ];
    for (const change of cases) {
      expect(() => decodeEpisodeEntry(again({ ...entry, ...change }))).toThrow(FormatError);
    }
    const stored = { ...entry, pack: 0, offset: 0, bytes: 1, crc: 2 ** 32 };
    expect(() => decodeStoredEpisode(again(stored))).toThrow(FormatError);
    expect(isEpisodeId("0")).toBe(true);
    for (const id of ["", "a", "1.5", "-1", "1\n", "٣"]) expect(isEpisodeId(id)).toBe(false);
  });
});

describe("result.json", () => {
  const result: RunResult = {
    ...{ game: "breakout", variant: "standard", algo: "ppo", seed: 1 },
    ...{ steps: 10, seconds: 1.5, stepsPerSecond: 7 },
    score: { mean: 2, std: 1, episodes: 3 },
    reached: { "100": { steps: 5, seconds: 0.7 }, "200": null },
    versions: { carom: "0.1.0" },
  };

  test("[F4] comes back as it was", () => {
    expect(decodeRunResult(again(result))).toEqual(result);
    const unplayed = { ...result, score: { mean: null, std: null, episodes: 0 } };
    expect(decodeRunResult(again(unplayed))).toEqual(unplayed);
  });

  test("[F4] wrong fields are refused", () => {
    const cases = [
      { game: 1 },
      { steps: -1 },
      { score: { mean: "1", std: 1, episodes: 1 } },
      { reached: { high: null } },
      { reached: { "100": { steps: 5 } } },
      { versions: { carom: 1 } },
    ];
    for (const change of cases) {
      expect(() => decodeRunResult(again({ ...result, ...change }))).toThrow(FormatError);
    }
  });
});

describe("messages", () => {
  test("[W1] server messages come back as they were", () => {
    const { format: _, ...run } = manifest;
    const messages = [
      { type: "hello", run },
      { type: "metrics", next: 3 },
      { type: "episodes", next: 0 },
      { type: "policies", next: 3 },
      { type: "status", status: "crashed" },
    ];
    for (const message of messages) {
      expect(decodeServerMessage(encodeJson(message))).toEqual(message);
    }
    for (const text of ["{}", '{"type":"metrics"}', '{"type":"status","status":"x"}', "[]", "x"]) {
      expect(() => decodeServerMessage(text)).toThrow(FormatError);
    }
  });

  test("[W1] what is new may come with the message, whole or not at all", () => {
    const rows = [{ steps: 3 }, { steps: 4 }];
    const metrics = { type: "metrics", next: 7, page: { from: 5, next: 7, rows } };
    const episodes = { type: "episodes", next: 3, page: { from: 2, next: 3, episodes: [entry] } };
    for (const message of [metrics, episodes]) {
      expect(decodeServerMessage(encodeJson(message))).toEqual(message);
      const short = { ...message, page: { ...message.page, from: 1 } };
      expect(() => decodeServerMessage(encodeJson(short))).toThrow(FormatError);
    }
  });

  test("[W2] viewers may want 0 to 64 boards, say what they took in, and nothing else", () => {
    expect(decodeClientMessage('{"type":"want","boards":64}')).toEqual({
      type: "want",
      boards: 64,
    });
    expect(decodeClientMessage('{"type":"ack","frames":7}')).toEqual({ type: "ack", frames: 7 });
    const bad = ["", "1", '{"type":"stop"}', '{"type":"want"}', '{"type":"want","boards":65}'];
    bad.push('{"type":"ack"}', '{"type":"ack","frames":-1}', '{"type":"ack","frames":1.5}');
    for (const text of [...bad, '{"type":"want","boards":-1}', '{"type":"want","boards":"4"}']) {
      expect(() => decodeClientMessage(text)).toThrow(FormatError);
    }
  });

  test("[W3] pages come back as they were", () => {
    const rows = [{ steps: 1, score: Number.NaN }, { steps: 2 }];
    const metrics = { from: 4, next: 6, rows };
    expect(decodeMetricsPage(encodeJson(metrics))).toEqual(metrics);
    const episodes = { from: 0, next: 3, episodes: [entry] };
    expect(decodeEpisodesPage(encodeJson(episodes))).toEqual(episodes);
    for (const text of ['{"from":2,"next":1,"rows":[]}', '{"from":0,"next":1,"rows":{}}', "null"]) {
      expect(() => decodeMetricsPage(text)).toThrow(FormatError);
    }
  });
});
