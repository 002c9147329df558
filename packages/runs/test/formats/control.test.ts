import { describe, expect, test } from "vitest";
import {
  controlVerbs,
  decodeControlAnswer,
  decodeControlRequest,
  decodeEpisodeColumns,
  decodeRunEvent,
  decodeServerMessage,
  type EpisodeEntry,
  encodeControlAnswer,
  encodeControlRequest,
  encodeEpisodeColumns,
  encodeJson,
  encodeRunEvent,
  FormatError,
  type RunEvent,
} from "../../src/formats/index.js";

describe("control", () => {
  test("[W4] requests and answers come back as they were", () => {
    for (const verb of controlVerbs) {
      expect(decodeControlRequest(encodeControlRequest({ verb }))).toEqual({ verb });
    }
    const answer = { accepted: false, message: "The training is ending already." };
    expect(decodeControlAnswer(encodeControlAnswer(answer))).toEqual(answer);
  });

  test("[W4] another version, another verb or a field too many is refused", () => {
    const bodies = [
      '{"verb":"pause"}',
      '{"version":2,"verb":"pause"}',
      '{"version":1,"verb":"delete"}',
      '{"version":1,"verb":"pause","steps":3}',
      "[]",
    ];
    for (const body of bodies) expect(() => decodeControlRequest(body)).toThrow(FormatError);
    expect(() => decodeControlAnswer('{"version":1,"accepted":1}')).toThrow(FormatError);
  });

  test("[W1] the count of events travels", () => {
    const message = { type: "events", next: 7 } as const;
    expect(decodeServerMessage(encodeJson(message))).toEqual(message);
  });
});

describe("events", () => {
  const place = { at: "2026-01-02T03:04:05.000Z", steps: 12 };
  const events: readonly RunEvent[] = [
    { kind: "control", verb: "pause", by: "viewer", ...place },
    { kind: "saved", ...place },
    {
      ...{ kind: "alert", rule: "disk-low", level: "warning", state: "raised" },
      ...{ message: "almost full", ...place },
    },
  ];

  test("[V1] lines come back as they were", () => {
    for (const event of events) expect(decodeRunEvent(encodeRunEvent(event))).toEqual(event);
  });

  test("[V1] foreign lines are refused", () => {
    for (const line of ["{}", '{"kind":"joke","at":"","steps":1}', '{"kind":"saved","at":"x"}']) {
      expect(() => decodeRunEvent(line)).toThrow(FormatError);
    }
  });
});

describe("episode columns", () => {
  const episodes: readonly EpisodeEntry[] = Array.from({ length: 300 }, (_, i) => ({
    ...{ id: String(i * 7), env: i % 64, episode: i, seed: 2 ** 52 + i, length: i * 3 },
    ...{ return: -1.5 * i, terminated: i % 3 === 0, steps: i * 1e9 },
    reason: (["first", "best", "worst", "newest", "chosen"] as const)[i % 5],
  }));

  test("[W5] a page comes back as it was", () => {
    const page = { from: 3, next: 400, episodes };
    expect(decodeEpisodeColumns(encodeEpisodeColumns(page))).toEqual(page);
    const none = { from: 0, next: 0, episodes: [] };
    expect(decodeEpisodeColumns(encodeEpisodeColumns(none))).toEqual(none);
  });

  test("[W5] what is cut off, too long or out of range is refused", () => {
    const bytes = encodeEpisodeColumns({ from: 0, next: 300, episodes });
    expect(() => decodeEpisodeColumns(bytes.subarray(0, 20))).toThrow(FormatError);
    expect(() => decodeEpisodeColumns(bytes.subarray(0, -1))).toThrow(FormatError);
    const more = new Uint8Array(bytes.length + 1);
    more.set(bytes);
    expect(() => decodeEpisodeColumns(more)).toThrow(FormatError);
    const changed = (at: number, value: number): Uint8Array => {
      const copy = bytes.slice();
      copy[at] = value;
      return copy;
    };
    expect(() => decodeEpisodeColumns(changed(0, 1))).toThrow(FormatError); // kind
    expect(() => decodeEpisodeColumns(changed(1, 9))).toThrow(FormatError); // version
    expect(() => decodeEpisodeColumns(changed(7, 0xff))).toThrow(FormatError); // count
    expect(() => decodeEpisodeColumns(changed(bytes.length - 1, 0xff))).toThrow(FormatError); // reason
  });
});
