/**
 * What the frames of `serveEnv` mean (README.md, "The protocol"): requests are read and checked
 * here, answers written. All numbers are little-endian, as every machine that runs Node is.
 */
import { actionWidth, type GameSpec, type VectorEnv } from "@carom/envs";
import { protocol } from "./frames.js";

/** Raised when a program of one version no longer understands the other. */
export const PROTOCOL_VERSION = 1;

/** Types of requests. */
export const Request = { make: 1, reset: 2, step: 3, render: 4, close: 5 } as const;

/** Types of answers. */
export const Answer = { hello: 129, state: 130, stepped: 131, picture: 132, error: 255 } as const;

/** What the other program wants to play. */
export interface MakeRequest {
  /** Number of games. */
  readonly count: number;
  /** Rule set; the definition's default where it is absent. */
  readonly variant?: string;
  /** Time limit in decisions; the game's own where it is absent. */
  readonly maxSteps?: number;
}

/** Which games to start anew. */
export interface ResetRequest {
  /** Root of the key tree; absent where the next episodes of the present one are wanted. */
  readonly seed?: number;
  /** `[count]`: 1 for the games that are meant; absent for all. */
  readonly mask?: Uint8Array;
}

const MOST_ENVS = 65_536;
const SEEDED = 1;
const MASKED = 2;

/** The body of a make request: JSON {count, variant?, maxSteps?}. */
export function readMake(body: Buffer): MakeRequest {
  const value = parsed(body);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw protocol(`make: the body is no JSON object (got ${shown(value)})`);
  }
  const { count, variant, maxSteps, ...others }: Record<string, unknown> = { ...value };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw protocol(`make: unknown field ${shown(unknown)}`);
  if (variant !== undefined && typeof variant !== "string") {
    throw protocol(`make: variant is wrong (got ${shown(variant)}, expected text)`);
  }
  return {
    count: whole("count", count, MOST_ENVS),
    ...(variant !== undefined && { variant }),
    ...(maxSteps !== undefined && { maxSteps: whole("maxSteps", maxSteps, 2 ** 31 - 1) }),
  };
}

/** The body of a reset request: flags, then a seed (uint64) and a mask, each if its flag is set. */
export function readReset(body: Buffer, count: number): ResetRequest {
  const flags = body.length > 0 ? body[0] : 0;
  const size = 1 + ((flags & SEEDED) !== 0 ? 8 : 0) + ((flags & MASKED) !== 0 ? count : 0);
  if (flags > (SEEDED | MASKED)) throw protocol(`reset: unknown flags (got ${flags})`);
  assertSize("reset", body, size);
  if (flags === (SEEDED | MASKED)) {
    throw protocol("reset: a seed is for all games (expected a seed or a mask, not both)");
  }
  if (flags === SEEDED) {
    const seed = body.readBigUInt64LE(1);
    if (seed > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw protocol(`reset: the seed is too large (got ${seed}, expected below 2^53)`);
    }
    return { seed: Number(seed) };
  }
  if (flags === 0) return {};
  const mask = new Uint8Array(body.subarray(1));
  const wrong = mask.find((value) => value > 1);
  if (wrong !== undefined) throw protocol(`reset: a mask of 0 and 1 is expected (got ${wrong})`);
  return { mask };
}

/** The body of a step request, `count` actions, goes into `env.actions`. */
export function readActions(body: Buffer, env: VectorEnv): void {
  const { actions } = env;
  assertSize("step", body, actions.byteLength);
  new Uint8Array(actions.buffer, actions.byteOffset, actions.byteLength).set(body);
}

/** The body of a render request: the number of a game. */
export function readRender(body: Buffer, count: number): number {
  assertSize("render", body, 4);
  const env = body.readUInt32LE(0);
  if (env < count) return env;
  throw protocol(`render: no such game (got ${env}, expected 0 to ${count - 1})`);
}

/** The body of the answer to make. JSON has no infinity: null stands for no bound. */
export function helloBody(env: VectorEnv): Uint8Array {
  const { id, variant, version, title, actions, observation, decisionsPerSecond } = env.spec;
  const value = {
    protocol: PROTOCOL_VERSION,
    ...{ id, variant, version, title, decisionsPerSecond },
    count: env.count,
    maxSteps: env.maxSteps,
    players: env.spec.players ?? 1,
    actions: actions.kind === "box" ? { ...actions, ...bounds(actions) } : actions,
    observation: { ...observation, ...bounds(observation) },
    masks: env.masks !== undefined,
  };
  return new TextEncoder().encode(JSON.stringify(value));
}

/** The body of the answer to reset: observations, lives, turns, masks. */
export function stateBody(env: VectorEnv): Uint8Array[] {
  const lives = Int32Array.from({ length: env.count }, (_, i) => env.lives(i) ?? -1);
  const turns = Int32Array.from({ length: env.count }, (_, i) => env.turn(i) ?? -1);
  const masks = env.masks ? [bytesOf(env.masks)] : [];
  return [bytesOf(env.observations), bytesOf(lives), bytesOf(turns), ...masks];
}

/**
 * The body of the answer to step: rewards, terminated, truncated, returns, lengths, then what reset
 * gives, then the last observations of those games whose episode has ended, in their order.
 */
export function steppedBody(env: VectorEnv): Uint8Array[] {
  const { rewards, terminated, truncated, episodeReturn, episodeLength } = env;
  const size = env.spec.observation.size;
  const lasts: Uint8Array[] = [];
  for (let i = 0; i < env.count; i++) {
    if (terminated[i] === 0 && truncated[i] === 0) continue;
    lasts.push(bytesOf(env.finalObservations.subarray(i * size, (i + 1) * size)));
  }
  const columns = [rewards, terminated, truncated, episodeReturn, episodeLength].map(bytesOf);
  return [...columns, ...stateBody(env), ...lasts];
}

/** The body of an error: JSON {code, message}. */
export function errorBody(error: unknown): Uint8Array {
  const hasCode = error instanceof Error && "code" in error && typeof error.code === "string";
  const code = hasCode ? error.code : "FAILED";
  const message = error instanceof Error ? error.message : String(error);
  return new TextEncoder().encode(JSON.stringify({ code, message }));
}

/**
 * The longest frame that a program may send: what its actions or its mask take, and a little more.
 */
export function longestRequest(spec: GameSpec | undefined, count: number): number {
  const actions = spec ? 4 * count * actionWidth(spec.actions) : 0;
  return Math.max(4096, 64 + actions, 64 + count);
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw protocol(`make: the body is no JSON (got ${shown(body.toString("latin1"))})`);
  }
}

function whole(name: string, value: unknown, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most) {
    return value;
  }
  const expected = `a whole number from 1 to ${most}`;
  throw protocol(`make: ${name} is wrong (got ${shown(value)}, expected ${expected})`);
}

function assertSize(request: string, body: Buffer, expected: number): void {
  if (body.length === expected) return;
  throw protocol(
    `${request}: the body has a wrong size (got ${body.length}, expected ${expected})`,
  );
}

function bounds(space: {
  readonly low?: readonly number[];
  readonly high?: readonly number[];
}): Record<string, (number | null)[]> {
  const numbers = (values: readonly number[]): (number | null)[] =>
    values.map((value) => (Number.isFinite(value) ? value : null));
  return {
    ...(space.low && { low: numbers(space.low) }),
    ...(space.high && { high: numbers(space.high) }),
  };
}

function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
