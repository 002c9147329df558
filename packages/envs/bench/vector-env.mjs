/**
 * Speed of the vector environment: 256 games in one thread, rewards, observations, action logs and
 * resets included. The least of many short rounds, as other programs only ever make a round slower.
 *
 *   pnpm --filter @carom/envs build && node packages/envs/bench/vector-env.mjs [game/variant ...]
 */
import { findGame, key, LocalVectorEnv, nextBelow, seedRandom } from "../dist/index.js";

const COUNT = 256;
const STEPS = 200;
const ROUNDS = 60;

/** Random actions for every round and env. */
function randomPolicy(env) {
  const state = new Uint32Array(4);
  seedRandom(state, 1);
  const actions = env.spec.actions.names.length;
  const table = Int32Array.from({ length: STEPS * COUNT }, () => nextBelow(state, actions));
  return (step) => env.actions.set(table.subarray(step * COUNT, (step + 1) * COUNT));
}

/**
 * Breakout's paddle below its ball: long episodes with many bricks hit, as a trained agent plays.
 */
function followPolicy(env) {
  const { size } = env.spec.observation;
  const ballMiddle = env.spec.variant === "puffer" ? 16 / 576 : 4 / 326;
  const paddleMiddle = env.spec.variant === "puffer" ? 31 / 576 : 31 / 326;
  return () => {
    for (let i = 0; i < env.count; i++) {
      const at = i * size;
      const paddle = env.observations[at] + paddleMiddle * env.observations[at + 9];
      const distance = env.observations[at + 2] + ballMiddle - paddle;
      env.actions[i] = distance < -0.03 ? 1 : distance > 0.03 ? 2 : 0;
    }
  };
}

/** Nanoseconds per step of one env, the policy not counted. */
function measure(definition, variant, policyOf) {
  let episodes = 0;
  const env = new LocalVectorEnv(definition, {
    count: COUNT,
    key: key(1),
    variant,
    onEpisode: () => episodes++,
  });
  const policy = policyOf(env);
  env.reset();
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    let spent = 0;
    for (let step = 0; step < STEPS; step++) {
      policy(step);
      const start = performance.now();
      env.step();
      spent += performance.now() - start;
    }
    least = Math.min(least, spent);
  }
  return { nanoseconds: (least * 1e6) / (STEPS * COUNT), episodes };
}

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0
  ? wanted
  : ["breakout/classic", "breakout/puffer", "catch/classic"]) {
  const [id, variant] = name.split("/");
  const definition = findGame(id);
  const policies = { random: randomPolicy, ...(id === "breakout" ? { follow: followPolicy } : {}) };
  for (const [policy, policyOf] of Object.entries(policies)) {
    const { nanoseconds, episodes } = measure(definition, variant, policyOf);
    const rate = (1000 / nanoseconds).toFixed(1);
    console.log(
      `${name} ${policy}: ${nanoseconds.toFixed(0)} ns per step, ${rate} M steps/s (${episodes} episodes)`,
    );
  }
}
