/**
 * How fast the games are on one core: every game and variant, with random actions.
 *
 *   pnpm bench games
 *
 * "game" steps one game and writes its observation in place; "vector env" steps 256 of them through VectorEnv, with
 * episode logs and resets, which is what a trainer uses.
 */
import { games, key, VectorEnv } from "@carom/envs";
import { interleave } from "./lib/measure.mjs";
import { report, table } from "./lib/report.mjs";

const count = 256;
const stepsPerTurn = 256 * 64;

const contestants = games.flatMap((game) =>
  game.variants.flatMap((variant) => [
    { name: `${game.id}/${variant}/game`, run: timed(singleGame(game, variant)) },
    { name: `${game.id}/${variant}/vector env`, run: timed(vectorEnv(game, variant)) },
  ]),
);
const times = await interleave(contestants, { rounds: 15, seconds: 0.1 });

report("games", {
  title: "Games alone",
  command: "pnpm bench games",
  intro: `Steps per second on one thread with random actions, observation written in place; medians of 15 interleaved turns. The vector env holds ${count} games.`,
  body: table(
    ["game", "variant", "measured", "M steps/s", "10th to 90th percentile"],
    [...times].map(([name, { median, low, high }]) => [
      ...name.split("/"),
      rate(median),
      `${rate(high)} to ${rate(low)}`,
    ]),
  ),
});

function rate(seconds) {
  return (stepsPerTurn / seconds / 1e6).toFixed(2);
}

/** Seconds that `turns` turns take. */
function timed(turn) {
  return (turns) => {
    const start = performance.now();
    for (let i = 0; i < turns; i++) turn();
    return (performance.now() - start) / 1000;
  };
}

/** One turn of one game. Actions are drawn beforehand: the game is what is measured. */
function singleGame(definition, variant) {
  const game = definition.create(variant);
  const { size } = game.spec.observation;
  const actions = randomActions(game.spec.actions.names.length);
  const observation = new Float32Array(size);
  game.seed(1);
  game.reset();
  return () => {
    for (let i = 0; i < stepsPerTurn; i++) {
      game.step(actions[i & (actions.length - 1)]);
      if (game.terminated) game.reset();
      game.observe(observation, 0);
    }
  };
}

function vectorEnv(definition, variant) {
  const env = new VectorEnv(definition, { count, key: key(1), variant, onEpisode: () => {} });
  const actions = randomActions(env.spec.actions.names.length);
  env.reset();
  return () => {
    for (let i = 0; i < stepsPerTurn; i += count) {
      const from = (i * 7) & (actions.length - 1 - count);
      env.actions.set(actions.subarray(from, from + count));
      env.step();
    }
  };
}

/** 16384 actions drawn from the key tree. */
function randomActions(choices) {
  const root = key(1).child("actions");
  return Int32Array.from({ length: 16384 }, (_, i) => root.child("step", i).toSeed() % choices);
}
