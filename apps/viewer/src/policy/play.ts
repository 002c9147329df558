/**
 * An episode that a policy plays: from a seed, or from decisions that were given, as an evaluation plays
 * it. The same policy, seed and options give the same episode. Yields now and then, to be interrupted.
 */
import type { Policy } from "@carom/agents/policy";
import type { RunPolicy } from "./agent.js";
import { giveAction, joined, onlyAllowed } from "./assess.js";
import type { Played, PlayOptions, Thoughts } from "./protocol.js";
import { ScriptedGame } from "./scripted.js";

/** Decisions between two chances to be interrupted. */
const STREAK = 16;

/** See the head of the file. */
export function* play(
  policy: RunPolicy,
  options: PlayOptions,
): Generator<Thoughts | undefined, Played> {
  const { seed, greedy, from = { actions: new Uint8Array(0), length: 0 } } = options;
  const { game, variant } = policy.subject;
  const played = new ScriptedGame(game, variant, { seed, ...from });
  const env = options.bothSides
    ? policy.createForBoth(played.definition, seed)
    : policy.createEnv(played.definition, seed);
  const most = options.maxSteps ?? Number.POSITIVE_INFINITY;
  const { hasMemory } = policy;
  const drawing = (seed + Math.imul(options.draw ?? 0, 0x9e3779b1)) >>> 0;
  // A policy that remembers has learned from the turns of its own side: each side has a memory to itself.
  const sides = options.bothSides && hasMemory ? (env.spec.players ?? 1) : 1;
  const players = Array.from({ length: sides }, () => ({
    policy: policy.borrow(greedy ? 0 : 1 + (drawing % 0x7fffffff)),
    starts: Uint8Array.of(1),
  }));
  const at: number[] = [];
  const told: ReturnType<Policy["decide"]>[] = [];
  const allowed: number[] = [];
  let isCut = false;
  try {
    env.reset();
    for (let turn = 0; !played.over && !isCut && played.length < most; turn++) {
      const isGiven = played.length < from.length;
      const { masks } = env;
      if (!isGiven || hasMemory) {
        const { length } = played;
        const { policy: player, starts } = players[(env.turn(0) ?? 0) % sides];
        const thought = player.decide(env.observations, env.actions, { greedy, starts, masks });
        starts[0] = 0;
        if (!isGiven) {
          at.push(length);
          told.push(thought);
          if (masks) allowed.push(...masks);
        }
      }
      if (isGiven) giveAction(env.actions, played);
      env.step();
      isCut = env.truncated[0] !== 0;
      if (turn % STREAK === STREAK - 1) yield undefined;
    }
  } finally {
    env.dispose();
    for (const one of players) policy.release(one.policy);
  }
  const { rewards, actions, length } = played;
  return {
    ...{ seed, actions, length, rewards, terminated: played.terminated },
    return: rewards.reduce((sum, reward) => sum + reward, 0),
    thoughts: thoughtsOf(at, told, allowed),
  };
}

function thoughtsOf(
  at: readonly number[],
  told: Parameters<typeof joined>[0],
  allowed: readonly number[],
): Thoughts {
  const all = joined(told);
  const mask = allowed.length > 0 ? Uint8Array.from(allowed) : undefined;
  if (all.probabilities && mask) onlyAllowed(all.probabilities, mask, at.length);
  return { at: Int32Array.from(at), ...all, ...(mask && { allowed: mask }) };
}
