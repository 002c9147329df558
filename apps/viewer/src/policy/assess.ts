/**
 * What a policy thinks of an episode that was played, decision by decision: the episode is simulated
 * again through the policy's view of the game, and the observations are assessed in batches (one by one
 * where the policy remembers). Yields thoughts as they come; ends with sums over the whole episode.
 */
import type { Assessment, Policy } from "@carom/agents/policy";
import { type ActionArray, forFirstPlayer, type VectorEnv } from "@carom/envs";
import type { RunPolicy } from "./agent.js";
import type { Assessed, Script, Thoughts } from "./protocol.js";
import { ScriptedGame } from "./scripted.js";

/** Thoughts that go out together where they come one by one. */
const STREAK = 64;

/** Decisions that wait to be assessed. */
class Waiting {
  readonly at: number[] = [];
  readonly movers: number[] = [];
  readonly rows: VectorEnv["observations"];
  readonly allowed: number[] = [];
  private readonly env: VectorEnv;

  constructor(env: VectorEnv, batch: number) {
    const { size } = env.spec.observation;
    this.env = env;
    this.rows =
      env.observations instanceof Float32Array
        ? new Float32Array(batch * size)
        : new Uint8Array(batch * size);
  }

  /** Takes the decision that the env stands before. */
  take(at: number): void {
    const { env, rows } = this;
    rows.set(env.observations, this.at.length * env.spec.observation.size);
    if (env.masks) this.allowed.push(...env.masks);
    this.movers.push(env.turn(0) ?? 0);
    this.at.push(at);
  }

  clear(): void {
    this.at.length = 0;
    this.movers.length = 0;
    this.allowed.length = 0;
  }
}

/** See the head of the file. */
export function* assess(
  policy: RunPolicy,
  script: Script,
): Generator<Thoughts | undefined, Assessed> {
  const played = new ScriptedGame(policy.subject.game, policy.subject.variant, script);
  const env = policy.createView(played.definition);
  const { hasMemory } = policy;
  const size = hasMemory ? STREAK : policy.batch;
  const single = policy.borrow();
  const many = hasMemory ? single : policy.withCount(size);
  const waiting = new Waiting(env, size);
  const led = new Led(single, env);
  const [all, values]: [number[], number[]] = [[], []];
  const flush = (): Thoughts => {
    const told = hasMemory ? led.take() : many.assess(waiting.rows);
    const thoughts = thoughtsOf(told, waiting);
    for (const at of waiting.at) all.push(at);
    for (const value of thoughts.values) values.push(value);
    waiting.clear();
    return thoughts;
  };
  try {
    env.reset();
    while (!played.over && played.length < script.length) {
      waiting.take(played.length);
      if (hasMemory) led.look();
      if (waiting.at.length === size) yield flush();
      if (!giveAction(env.actions, played)) break;
      env.step();
    }
    if (waiting.at.length > 0) yield flush();
  } finally {
    env.dispose();
    policy.release(single);
  }
  return sums(policy, played, all, values);
}

/** Hands the script's next decision in; whoever checks it sees one that the game takes. */
export function giveAction(actions: ActionArray, played: ScriptedGame): boolean {
  const { next } = played;
  if (next === undefined) return false;
  if (typeof next === "number") actions[0] = next;
  else actions.set(next);
  return true;
}

/** A policy that is led through an episode, because it remembers. */
class Led {
  private readonly policy: Policy;
  private readonly env: VectorEnv;
  private readonly ignored: ActionArray;
  private readonly starts: Uint8Array = Uint8Array.of(1);
  private told: Assessment[] = [];

  constructor(policy: Policy, env: VectorEnv) {
    this.policy = policy;
    this.env = env;
    this.ignored = env.actions.slice();
  }

  look(): void {
    const { policy, env, ignored, starts } = this;
    const { masks } = env;
    this.told.push(policy.decide(env.observations, ignored, { greedy: true, starts, masks }));
    starts[0] = 0;
  }

  take(): Assessment {
    const { told } = this;
    this.told = [];
    return joined(told);
  }
}

/** Assessments of one row each, one after the other. */
export function joined(told: readonly Assessment[]): Assessment {
  const join = (name: "probabilities" | "actionValues"): Float32Array | undefined => {
    const rows = told.map((one) => one[name]);
    if (rows[0] === undefined) return undefined;
    return Float32Array.from(rows.flatMap((row) => [...(row ?? [])]));
  };
  const probabilities = join("probabilities");
  const actionValues = join("actionValues");
  return {
    values: Float32Array.from(told, ({ values }) => values[0]),
    ...(probabilities && { probabilities }),
    ...(actionValues && { actionValues }),
  };
}

function thoughtsOf(told: Assessment, waiting: Waiting): Thoughts {
  const { at, movers, allowed } = waiting;
  const count = at.length;
  const values = Float32Array.from(movers, (mover, i) => forFirstPlayer(mover, told.values[i]));
  const mask = allowed.length > 0 ? Uint8Array.from(allowed) : undefined;
  const rows = (all: Float32Array): Float32Array =>
    all.slice(0, count * Math.round(all.length / told.values.length));
  const probabilities = told.probabilities && rows(told.probabilities);
  if (probabilities && mask) onlyAllowed(probabilities, mask, count);
  return {
    at: Int32Array.from(at),
    values,
    ...(probabilities && { probabilities }),
    ...(told.actionValues && { actionValues: rows(told.actionValues) }),
    ...(mask && { allowed: mask }),
  };
}

/** Probabilities among the allowed actions, as the policy draws from. */
export function onlyAllowed(probabilities: Float32Array, allowed: Uint8Array, count: number): void {
  const width = probabilities.length / count;
  for (let row = 0; row < count; row++) {
    let sum = 0;
    for (let a = row * width; a < (row + 1) * width; a++) sum += probabilities[a] * allowed[a];
    for (let a = row * width; a < (row + 1) * width; a++) {
      probabilities[a] = sum > 0 ? (probabilities[a] * allowed[a]) / sum : 0;
    }
  }
}

/** Rewards between decisions, returns and errors, as the learner counts them. */
function sums(
  { subject }: RunPolicy,
  played: ScriptedGame,
  at: readonly number[],
  values: readonly number[],
): Assessed {
  const { config } = subject;
  const gamma = numberOf(config.gamma, 1);
  const scale = numberOf(config.rewardScale, 1);
  const clip = numberOf(config.rewardClip, 0);
  const raw = played.rewards;
  const rewards = Float32Array.from(at, (from, i) => {
    let sum = 0;
    for (let step = from; step < (at[i + 1] ?? raw.length); step++) sum += raw[step];
    const scaled = sum * scale;
    return clip > 0 ? Math.max(-clip, Math.min(clip, scaled)) : scaled;
  });
  const returns = new Float32Array(at.length);
  const errors = new Float32Array(at.length);
  for (let i = at.length - 1; i >= 0; i--) {
    const isLast = i === at.length - 1;
    returns[i] = rewards[i] + (isLast ? 0 : gamma * returns[i + 1]);
    const last = played.terminated ? 0 : Number.NaN;
    const next = isLast ? last : values[i + 1];
    errors[i] = rewards[i] + gamma * next - values[i];
  }
  return { rewards, returns, errors, gamma, isRescaled: config.normalizeReturns === true };
}

function numberOf(value: unknown, other: number): number {
  return typeof value === "number" ? value : other;
}
