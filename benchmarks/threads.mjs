/**
 * Games on threads of their own: how much two are faster than one, in turns of a second, for games seen as pictures,
 * which cost more than five microseconds a step.
 *
 *   pnpm bench threads [game ...]
 *
 * `pnpm bench games` has all games in turns of 0.3 s, in which caches are cold half of the time.
 */
import { createVectorEnv, findGame, key } from "@carom/envs";
import { createWorkerEnv } from "@carom/envs/workers";
import { interleave, ratioOf } from "./lib/measure.mjs";
import { report, table } from "./lib/report.mjs";

const count = 256;
const threadCounts = [1, 2];
const usual = [
  "breakout",
  "tetris",
  "2048",
  "deepsea",
  "mini-breakout",
  "mountaincar",
  "connect4",
  "go",
];
const wanted = process.argv.slice(2);

const rows = [];
for (const id of wanted.length > 0 ? wanted : usual) rows.push([id, await measure(findGame(id))]);

report("threads", {
  title: "Games on threads",
  command: "pnpm bench threads",
  intro: `Microseconds per step of one game (random actions of ${count} games, 84 x 84 grey pictures, logs and resets), in this thread and on worker threads; medians of 5 interleaved turns of a second, and the 10th to 90th percentile.`,
  body: table(
    [
      "game",
      "in this thread",
      ...threadCounts.map((n) => `${n} worker${n > 1 ? "s" : ""}`),
      "2 workers over this thread",
    ],
    rows.map(([id, times]) => [
      id,
      micro(times.get("here")),
      ...threadCounts.map((n) => micro(times.get(String(n)))),
      ratioOf(times.get("here"), times.get("2")),
    ]),
  ),
});
process.exit(0);

async function measure(game) {
  const wrappers = [
    { wrapper: "pixels" },
    ...(game.create().legal ? [{ wrapper: "action-mask" }] : []),
  ];
  const options = { count, key: key(1), wrappers, onEpisode: () => {} };
  const envs = new Map([["here", createVectorEnv(game, options)]]);
  for (const workers of threadCounts) {
    envs.set(String(workers), createWorkerEnv(game, { ...options, workers, faults: "throw" }));
  }
  const contestants = [...envs].map(([name, env]) => ({ name, run: stepper(env) }));
  for (const { run } of contestants) run(20_000);
  const times = await interleave(contestants, { rounds: 5, seconds: 1 });
  for (const env of envs.values()) env.dispose();
  console.log(game.id, Object.fromEntries([...times].map(([name, time]) => [name, micro(time)])));
  return times;
}

/** Takes a number of steps of single games, gives their seconds. */
function stepper(env) {
  const actions = env.spec.actions.names.length;
  env.reset();
  let turn = 0;
  return (steps) => {
    const turns = Math.max(1, Math.round(steps / env.count));
    const start = performance.now();
    for (let i = 0; i < turns; i++) {
      for (let game = 0; game < env.count; game++) env.actions[game] = (turn++ * 7919) % actions;
      env.step();
    }
    return ((performance.now() - start) / 1000) * (steps / (turns * env.count));
  };
}

function micro({ median, low, high }) {
  return `${(median * 1e6).toFixed(1)} (${(low * 1e6).toFixed(1)}-${(high * 1e6).toFixed(1)})`;
}
