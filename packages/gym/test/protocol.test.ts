import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import {
  createVectorEnv,
  findGame,
  type GameDefinition,
  key,
  nextBelow,
  PixelCanvas,
  seedRandom,
  type VectorEnv,
} from "@carom/envs";
import { describe, expect, test } from "vitest";
import { gymDefinition, type ServeOptions, serveEnv } from "../src/index.js";
import { type Frame, readFrames } from "../src/serve/frames.js";
import { Answer, Request } from "../src/serve/protocol.js";

/** The other program: writes requests and reads answers. */
class Client {
  readonly input = new PassThrough();
  readonly output: PassThrough;
  readonly served: Promise<string>;
  private readonly answers: AsyncGenerator<Frame>;

  constructor(game = "catch", options: ServeOptions = {}, output = new PassThrough()) {
    this.output = output;
    const definition: GameDefinition = findGame(game);
    this.served = serveEnv(definition, options, this.input, output).then(
      () => "done",
      (error: Error) => error.message,
    );
    this.answers = readFrames(output, () => 2 ** 30);
  }

  write(type: number, body: Uint8Array = new Uint8Array(0)): void {
    this.input.write(frame(type, body));
  }

  async answer(): Promise<Frame> {
    const { value, done } = await this.answers.next();
    if (done) throw new Error("there is no answer");
    return value;
  }

  async ask(type: number, body?: Uint8Array): Promise<Frame> {
    this.write(type, body);
    return this.answer();
  }

  /** The message of an answer that is an error. */
  async refused(type: number, body?: Uint8Array): Promise<string> {
    const answer = await this.ask(type, body);
    expect(answer.type).toBe(Answer.error);
    return json(answer).message;
  }
}

function frame(type: number, body: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32LE(1 + body.length, 0);
  head[4] = type;
  return Buffer.concat([head, body]);
}

function json({ body }: Frame): Record<string, never> & { message: string } {
  return JSON.parse(body.toString());
}

function text(value: unknown): Buffer {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
}

function seeded(seed: number | bigint): Buffer {
  const body = Buffer.alloc(9);
  body[0] = 1;
  body.writeBigUInt64LE(BigInt(seed), 1);
  return body;
}

function int32(...values: number[]): Buffer {
  return Buffer.from(Int32Array.from(values).buffer);
}

async function ready(count: number, game = "catch"): Promise<Client> {
  const client = new Client(game);
  await client.ask(Request.make, text({ count }));
  await client.ask(Request.reset, seeded(1));
  return client;
}

describe("a session", () => {
  test("plays what a vector env of the same seed plays, bit for bit", async () => {
    const client = new Client();
    const hello = await client.ask(Request.make, text({ count: 3, maxSteps: 7 }));
    expect(json(hello)).toMatchObject({
      protocol: 1,
      id: "catch",
      count: 3,
      maxSteps: 7,
      players: 1,
      masks: false,
    });
    const env = createVectorEnv(findGame("catch"), { count: 3, maxSteps: 7, key: key(1) });
    env.reset();
    const first = await client.ask(Request.reset, seeded(1));
    expect(first.type).toBe(Answer.state);
    expect(first.body).toEqual(Buffer.concat(state(env)));
    for (let step = 0; step < 30; step++) {
      env.actions.set([step % 3, (step + 1) % 3, 1]);
      env.step();
      const answer = await client.ask(Request.step, int32(...env.actions));
      expect(answer.type).toBe(Answer.stepped);
      expect(answer.body).toEqual(stepped(env));
    }
    client.write(Request.close);
    expect(await client.served).toBe("done");
  });

  test("frames may come in pieces of any size, and several at once", async () => {
    const whole = Buffer.concat([
      frame(Request.make, text({ count: 1 })),
      frame(Request.reset, seeded(4)),
      frame(Request.step, int32(1)),
      frame(Request.step, int32(0)),
    ]);
    const bodies: Buffer[][] = [];
    for (const size of [1, 3, 1000]) {
      const client = new Client();
      for (let at = 0; at < whole.length; at += size) {
        client.input.write(whole.subarray(at, at + size));
        await turn();
      }
      const answers: Buffer[] = [];
      for (let i = 0; i < 4; i++) answers.push((await client.answer()).body);
      bodies.push(answers);
    }
    expect(bodies[1]).toEqual(bodies[0]);
    expect(bodies[2]).toEqual(bodies[0]);
  });

  test("resets: a seed repeats, no seed goes on, a mask leaves the others alone", async () => {
    const client = await ready(2);
    const first = await client.ask(Request.reset, seeded(9));
    const second = await client.ask(Request.reset, Buffer.of(0));
    expect(second.body).not.toEqual(first.body);
    expect((await client.ask(Request.reset, seeded(9))).body).toEqual(first.body);
    const masked = await client.ask(Request.reset, Buffer.of(2, 0, 1));
    const row = 4 * findGame("catch").create().spec.observation.size;
    expect(masked.body.subarray(0, row)).toEqual(first.body.subarray(0, row));
    expect(masked.body.subarray(row, 2 * row)).toEqual(second.body.subarray(row, 2 * row));
  });

  test("a picture shows the game as it is", async () => {
    const client = await ready(2, "breakout");
    for (let step = 0; step < 20; step++) await client.ask(Request.step, int32(1, 2));
    const { type, body } = await client.ask(Request.render, int32(1));
    expect(type).toBe(Answer.picture);
    const [height, width] = [body.readUInt32LE(0), body.readUInt32LE(4)];
    expect(Math.max(height, width)).toBe(400);

    const game = findGame("breakout").create();
    game.seed(key(1).child("env", 1).child("episode", 0).toSeed());
    game.reset();
    for (let step = 0; step < 20; step++) game.step(2);
    const pixels = new Uint8Array(3 * width * height);
    const canvas = new PixelCanvas(game.spec.board, { width, height, color: "rgb" });
    canvas.begin(pixels, 0);
    game.draw(canvas);
    expect(Buffer.compare(body.subarray(8), pixels)).toBe(0);
    expect(await client.refused(Request.render, int32(2))).toBe(
      "serve-env: render: no such game (got 2, expected 0 to 1)",
    );
  });

  test("games may be made in another way, and those without pictures have none", async () => {
    const env = createVectorEnv(findGame("catch"), { count: 1, key: key(1) });
    const remote = gymDefinition(env.spec);
    const [input, output] = [new PassThrough(), new PassThrough()];
    const counts: number[] = [];
    const make: ServeOptions["make"] = ({ count }, root) => {
      counts.push(count);
      return createVectorEnv(findGame("catch"), { count, key: root });
    };
    const served = serveEnv(remote, { make }, input, output);
    input.write(frame(Request.make, text({ count: 2 })));
    input.write(frame(Request.reset, seeded(1)));
    input.end(frame(Request.render, int32(0)));
    await served;
    output.end();
    const types: number[] = [];
    for await (const { type } of readFrames(output, () => 2 ** 30)) types.push(type);
    expect(types).toEqual([Answer.hello, Answer.state, Answer.error]);
    expect(counts).toEqual([2, 2]);
  });
});

describe("what is wrong is refused, and the session goes on", () => {
  const makes: [string, unknown, string][] = [
    ["no JSON", "{", 'the body is no JSON (got "{")'],
    ["no object", "[1]", "the body is no JSON object (got [1])"],
    ["no count", {}, "count is wrong (got undefined, expected a whole number from 1 to 65536)"],
    ["count 0", { count: 0 }, "count is wrong (got 0, expected a whole number from 1 to 65536)"],
    ["a count too large", { count: 1e6 }, "count is wrong (got 1000000, expected"],
    ["half a step", { count: 1, maxSteps: 0.5 }, "maxSteps is wrong (got 0.5, expected"],
    ["a number as variant", { count: 1, variant: 3 }, "variant is wrong (got 3, expected text)"],
    ["a field too many", { count: 1, seed: 3 }, 'unknown field "seed"'],
  ];

  test.for(makes)("make with %s", async ([, body, message]) => {
    const client = new Client();
    expect(await client.refused(Request.make, text(body))).toContain(`serve-env: make: ${message}`);
    expect((await client.ask(Request.make, text({ count: 1 }))).type).toBe(Answer.hello);
  });

  test("requests in a wrong order", async () => {
    const client = new Client();
    for (const type of [Request.reset, Request.step, Request.render]) {
      expect(await client.refused(type)).toMatch(/^serve-env: the first request is no make$|begun/);
    }
    await client.ask(Request.make, text({ count: 1 }));
    const early = "serve-env: the games have not begun (expected a reset with a seed)";
    expect(await client.refused(Request.step, int32(1))).toBe(early);
    expect(await client.refused(Request.reset, Buffer.of(0))).toBe(early);
    await client.ask(Request.reset, seeded(1));
    expect((await client.ask(Request.step, int32(1))).type).toBe(Answer.stepped);
  });

  test("wrong bodies", async () => {
    const client = await ready(2);
    const wrong: [number, Uint8Array, string][] = [
      [Request.step, int32(1), "step: the body has a wrong size (got 4, expected 8)"],
      [Request.step, int32(1, 1, 1), "step: the body has a wrong size (got 12, expected 8)"],
      [Request.reset, Buffer.of(1, 2), "reset: the body has a wrong size (got 2, expected 9)"],
      [Request.reset, Buffer.of(2, 1), "reset: the body has a wrong size (got 2, expected 3)"],
      [Request.reset, Buffer.of(2, 1, 7), "reset: a mask of 0 and 1 is expected (got 7)"],
      [Request.reset, Buffer.of(4), "reset: unknown flags (got 4)"],
      [Request.reset, new Uint8Array(0), "reset: the body has a wrong size (got 0, expected 1)"],
      [Request.reset, Buffer.concat([Buffer.of(3), Buffer.alloc(10)]), "reset: a seed is for all"],
      [Request.reset, seeded(2n ** 53n), "reset: the seed is too large (got 9007199254740992,"],
      [Request.render, int32(1, 2), "render: the body has a wrong size (got 8, expected 4)"],
      [77, new Uint8Array(3), "unknown request (got type 77, expected 1 to 5)"],
    ];
    for (const [type, body, message] of wrong) {
      expect(await client.refused(type, body)).toContain(`serve-env: ${message}`);
    }
    expect((await client.ask(Request.step, int32(1, 1))).type).toBe(Answer.stepped);
  });

  test("what the game itself refuses has its own code", async () => {
    const client = await ready(1);
    const answer = await client.ask(Request.step, int32(99));
    expect(json(answer)).toEqual({
      code: "INVALID_ACTION",
      message: "catch: invalid action of env 0 (got 99, expected 0 to 2)",
    });
    const variant = await client.ask(Request.make, text({ count: 1, variant: "none" }));
    expect(json(variant)).toMatchObject({ code: "UNKNOWN_VARIANT" });
    expect((await client.ask(Request.step, int32(1))).type).toBe(Answer.stepped);
  });
});

describe("what is no frame ends the session with an error", () => {
  test.each([
    [0, "a frame of a wrong length (got 0, expected 1 to 4096)"],
    [4097, "a frame of a wrong length (got 4097, expected 1 to 4096)"],
    [2 ** 32 - 1, "a frame of a wrong length (got 4294967295, expected 1 to 4096)"],
  ])("a length of %d", async (length, message) => {
    const client = new Client();
    const head = Buffer.alloc(4);
    head.writeUInt32LE(length);
    client.input.write(head);
    expect(json(await client.answer())).toEqual({
      code: "PROTOCOL",
      message: `serve-env: ${message}`,
    });
    expect(await client.served).toBe(`serve-env: ${message}`);
  });

  test("the limit grows with the games", async () => {
    const client = await ready(2000);
    expect((await client.ask(Request.step, Buffer.alloc(8000))).type).toBe(Answer.stepped);
  });

  test("an end within a frame", async () => {
    const client = new Client();
    client.input.end(Buffer.of(9, 0, 0));
    expect(await client.served).toBe(
      "serve-env: the stream ended within a frame (after 3 bytes of it)",
    );
  });

  test("an end between frames is the usual one, and so is a stream that breaks off", async () => {
    const client = await ready(1);
    client.input.end();
    expect(await client.served).toBe("done");
    const other = await ready(1);
    other.input.destroy(new Error("gone"));
    expect(await other.served).toBe("done");
    const deaf = await ready(1);
    deaf.output.destroy();
    deaf.write(Request.step, int32(1));
    deaf.input.end();
    expect(await deaf.served).toBe("done");
  });

  test("noise never does more than that", async () => {
    const random = new Uint32Array(4);
    seedRandom(random, 12);
    const session = Buffer.concat([
      frame(Request.make, text({ count: 2 })),
      frame(Request.reset, seeded(4)),
      ...Array.from({ length: 5 }, () => frame(Request.step, int32(1, 2))),
      frame(Request.render, int32(1)),
      frame(Request.reset, Buffer.of(2, 0, 1)),
    ]);
    const outcomes = new Set<string>();
    for (let round = 0; round < 400; round++) {
      const bytes = Buffer.from(session);
      const flips = 1 + nextBelow(random, 6);
      for (let i = 0; i < flips; i++)
        bytes[nextBelow(random, bytes.length)] = nextBelow(random, 256);
      const noise = Uint8Array.from({ length: 200 }, () => nextBelow(random, 256));
      const client = new Client();
      client.output.resume();
      client.input.end(
        round % 4 === 0 ? noise : bytes.subarray(0, nextBelow(random, 2 * bytes.length)),
      );
      outcomes.add((await client.served).replace(/\d+/g, "n"));
    }
    expect([...outcomes].sort()).toEqual([
      "done",
      "serve-env: a frame of a wrong length (got n, expected n to n)",
      "serve-env: the stream ended within a frame (after n bytes of it)",
    ]);
  });
});

test("answers that nobody reads hold the requests up", async () => {
  let steps = 0;
  const make: ServeOptions["make"] = ({ count }, root) => {
    const env = createVectorEnv(findGame("catch"), { count, key: root });
    const step = env.step.bind(env);
    return Object.assign(env, {
      step: () => {
        steps += 1;
        step();
      },
    });
  };
  const client = new Client("catch", { make }, new PassThrough({ highWaterMark: 1 }));
  client.write(Request.make, text({ count: 1 }));
  client.write(Request.reset, seeded(1));
  for (let i = 0; i < 100; i++) client.write(Request.step, int32(1));
  for (let i = 0; i < 1000; i++) await turn();
  expect(steps).toBeLessThan(5);
  for (let i = 0; i < 102; i++) await client.answer();
  expect(steps).toBe(100);
});

function state(env: VectorEnv): Buffer[] {
  const nobody = int32(...Array.from({ length: env.count }, () => -1));
  return [bytes(env.observations), nobody, nobody];
}

function stepped(env: VectorEnv): Buffer {
  const size = env.spec.observation.size;
  const lasts: Buffer[] = [];
  for (let i = 0; i < env.count; i++) {
    if (env.terminated[i] + env.truncated[i] === 0) continue;
    lasts.push(bytes(env.finalObservations.slice(i * size, (i + 1) * size)));
  }
  const { rewards, terminated, truncated, episodeReturn, episodeLength } = env;
  const columns = [rewards, terminated, truncated, episodeReturn, episodeLength].map(bytes);
  return Buffer.concat([...columns, ...state(env), ...lasts]);
}

function bytes(values: ArrayBufferView): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
