/**
 * How fast the games are: every game and variant with random actions, on one thread and on two, as numbers and as
 * pictures, beside Gymnasium's and ALE's environments where they exist.
 *
 *   pnpm bench games [game ...]      CAROM_PYTHON names a Python that has gymnasium (and ale_py)
 *
 * "game" steps one game and writes its observation in place; "vector env" steps 256 of them with episode logs and resets,
 * which is what a trainer uses; "pixels" is the same with grey pictures of 84 x 84; "2 threads" plays on two workers.
 */
import {
  actionWidth,
  createVectorEnv,
  findGame,
  games,
  key,
  sampleAction,
  seedRandom,
} from "@carom/envs";
import { createWorkerEnv } from "@carom/envs/workers";
import { interleave, ratioOf } from "./lib/measure.mjs";
import { findPython, startPeer } from "./lib/peer.mjs";
import { report, table } from "./lib/report.mjs";

const count = 256;
const tableLength = 4096; // actions drawn beforehand

/** Ours, theirs, and how theirs is made. */
const peers = [
  ["cartpole/classic", "CartPole-v1"],
  ["mountaincar/classic", "MountainCar-v0"],
  ["mountaincar-continuous/classic", "MountainCarContinuous-v0"],
  ["acrobot/classic", "Acrobot-v1"],
  ["pendulum/classic", "Pendulum-v1"],
  ["frozenlake/slippery", "FrozenLake-v1"],
];
const atari = [
  ["breakout/classic", "ALE/Breakout-v5"],
  ["pong/classic", "ALE/Pong-v5"],
];
const preprocessing = [
  { wrapper: "pixels" },
  { wrapper: "frame-skip", frames: 4, max: true },
  { wrapper: "frame-stack", frames: 4 },
];

const wanted = process.argv.slice(2);
const chosen = (wanted.length > 0 ? wanted.map((id) => findGame(id)) : games).flatMap((game) =>
  game.variants.map((variant) => ({ name: `${game.id}/${variant}`, game, variant })),
);

const rows = [];
for (const one of chosen) rows.push(await measureOwn(one));
const python = findPython("gymnasium");
if (python.reason) console.log(python.reason);
const peer = python.reason ? undefined : await startPeer(python.python, "gymnasium_games.py", 1);
const besides = peer ? await measurePeers() : { classic: [], atari: [] };
peer?.close();
writeReport();
process.exit(0);

/** All ways in which one game is measured, in interleaved turns. */
async function measureOwn({ name, game, variant }) {
  const pixels = [{ wrapper: "pixels" }];
  const workers = { workers: 2 };
  const envs = {
    "vector env": vectorEnv(game, { variant }),
    "2 threads": vectorEnv(game, { variant, ...workers }),
    pixels: vectorEnv(game, { variant, wrappers: pixels }),
    "pixels, 2 threads": vectorEnv(game, { variant, wrappers: pixels, ...workers }),
  };
  const contestants = [
    { name: "game", run: singleGame(game, variant) },
    ...Object.entries(envs).map(([name, env]) => ({ name, run: stepper(env) })),
  ];
  for (const { run } of contestants) warmUp(run);
  const times = await interleave(contestants, { rounds: 7, seconds: 0.3 });
  for (const env of Object.values(envs)) env.dispose();
  console.log(name, Object.fromEntries([...times].map(([way, { median }]) => [way, rate(median)])));
  return { name, times };
}

/** Ours and theirs in the same turns. */
async function measurePeers() {
  const classic = [];
  for (const [name, id] of peers) {
    if (!isChosen(name)) continue;
    const { game, variant } = chosen.find((one) => one.name === name);
    const own = vectorEnv(game, { variant });
    classic.push([
      name,
      id,
      await against(id, { single: "single", vector: "vector" }, [
        { name: "own", run: stepper(own) },
        { name: "own single", run: singleGame(game, variant) },
      ]),
    ]);
  }
  const pictures = [];
  for (const [name, id] of atari) {
    if (!isChosen(name)) continue;
    const { game, variant } = chosen.find((one) => one.name === name);
    const options = { variant, wrappers: preprocessing };
    const envs = [vectorEnv(game, options), vectorEnv(game, { ...options, workers: 2 })];
    pictures.push([
      name,
      id,
      await against(id, { single: "atari", vector: "atari-vector" }, [
        { name: "own", run: stepper(envs[0]) },
        { name: "own 2 threads", run: stepper(envs[1]) },
      ]),
    ]);
    for (const env of envs) env.dispose();
  }
  return { classic, atari: pictures };
}

function isChosen(name) {
  return chosen.some((one) => one.name === name);
}

async function against(id, kinds, own) {
  const contestants = [...own];
  for (const [name, kind] of Object.entries(kinds)) {
    const { problem } = await peer.ask({ do: "setup", name: `${id} ${kind}`, id, kind });
    if (problem) console.log(`${id}, ${kind}: not measured (${problem})`);
    else {
      const run = async (steps) =>
        (await peer.ask({ do: "run", name: `${id} ${kind}`, count: steps })).seconds;
      contestants.push({ name, run });
    }
  }
  for (const { run } of own) warmUp(run);
  const times = await interleave(contestants, { rounds: 9, seconds: 0.2 });
  console.log(id, Object.fromEntries([...times].map(([name, t]) => [name, rate(t.median)])));
  return times;
}

/** Compiled code is what is measured, and how many steps fill a turn is told by it. */
function warmUp(run) {
  const end = performance.now() + 150;
  while (performance.now() < end) run(2048);
}

/** Takes a number of single steps, gives their seconds. */
function singleGame(definition, variant) {
  const game = definition.create(variant);
  const { actions, observation } = game.spec;
  const drawn = Array.from(drawActions(actions, tableLength));
  const out = new Float32Array(observation.size);
  const legal = game.legal && new Uint8Array(actions.names.length);
  game.seed(1);
  game.reset();
  return (steps) => {
    const start = performance.now();
    for (let i = 0; i < steps; i++) {
      const action = drawn[i & (tableLength - 1)];
      game.step(legal ? allowed(game, legal, action) : action);
      if (game.terminated) game.reset();
      game.observe(out, 0);
    }
    return (performance.now() - start) / 1000;
  };
}

/** The drawn action, or the next one that is allowed. */
function allowed(game, legal, action) {
  game.legal(legal);
  let found = action;
  while (legal[found] === 0) found = found + 1 === legal.length ? 0 : found + 1;
  return found;
}

function vectorEnv(game, { workers, wrappers = [], variant }) {
  const needsRules = game.create(variant).legal !== undefined;
  const options = {
    count,
    key: key(1),
    variant,
    wrappers: [...wrappers, ...(needsRules ? [{ wrapper: "action-mask" }] : [])],
    onEpisode: () => {},
  };
  return workers
    ? createWorkerEnv(game, { ...options, workers, faults: "throw" })
    : createVectorEnv(game, options);
}

/** Takes a number of steps of single games, `count` at a time, gives their seconds. */
function stepper(env) {
  const width = actionWidth(env.spec.actions);
  const drawn = [...drawActions(env.spec.actions, tableLength)];
  const rounds = Array.from({ length: 8 }, (_, round) => {
    const row = env.actions.slice();
    for (let i = 0; i < env.count; i++) {
      const action = drawn[(round * 509 + i) % tableLength];
      if (typeof action === "number") row[i] = action;
      else row.set(action, i * width);
    }
    return row;
  });
  env.reset();
  let turn = 0;
  return (steps) => {
    const turns = Math.max(1, Math.round(steps / env.count));
    const start = performance.now();
    for (let i = 0; i < turns; i++) {
      env.actions.set(rounds[turn++ & 7]);
      env.step();
    }
    return ((performance.now() - start) / 1000) * (steps / (turns * env.count));
  };
}

function* drawActions(space, length) {
  const random = new Uint32Array(4);
  seedRandom(random, 1);
  for (let i = 0; i < length; i++) yield sampleAction(space, random);
}

function writeReport() {
  const ways = ["game", "vector env", "2 threads", "pixels", "pixels, 2 threads"];
  const own = table(
    ["game", ...ways.map((way) => `${way}, M/s`), "threads, state", "threads, pixels"],
    rows.map(({ name, times }) => [
      name,
      ...ways.map((way) => rate(times.get(way)?.median)),
      ratioOf(times.get("vector env"), times.get("2 threads")),
      ratioOf(times.get("pixels"), times.get("pixels, 2 threads")),
    ]),
  );
  const beside = table(
    [
      "game",
      "Gymnasium's",
      "ours, vector env",
      "theirs, single",
      "theirs, vector",
      "ratio to single",
      "to vector",
    ],
    besides.classic.map(([name, id, times]) => [
      name,
      id,
      rate(times.get("own").median),
      rate(times.get("single")?.median),
      rate(times.get("vector")?.median),
      ratioOf(times.get("single"), times.get("own")),
      ratioOf(times.get("vector"), times.get("own")),
    ]),
  );
  const pictures = table(
    [
      "game",
      "ALE's",
      "ours",
      "ours, 2 threads",
      "theirs, single",
      "theirs, vector, 2 threads",
      "ratio to single",
      "2 threads to vector",
    ],
    besides.atari.map(([name, id, times]) => [
      name,
      id,
      thousands(times.get("own").median),
      thousands(times.get("own 2 threads").median),
      thousands(times.get("single")?.median),
      thousands(times.get("vector")?.median),
      ratioOf(times.get("single"), times.get("own")),
      ratioOf(times.get("vector"), times.get("own 2 threads")),
    ]),
  );
  const body = [
    "Millions of steps per second. `game`: one game, its observation written in place. `vector env`: 256 games with logs and resets. `pixels`: the same, seen as 84 x 84 grey pictures. The last two columns are the speed of two threads over one.",
    own,
    ...(peer
      ? [
          "Beside Gymnasium, millions of steps per second in the same turns: one environment in a loop, and its vector environment of 256 (its own where it has one, else one process).",
          beside,
          "Beside ALE's emulator, thousands of decisions per second: both play four frames a decision, merge the last two to 84 x 84 grey and stack four. The games are not the same programs: this compares what a pixel agent waits for.",
          pictures,
        ]
      : [python.reason]),
  ].join("\n\n");
  report("games", {
    title: "Games",
    command: "pnpm bench games",
    intro: "Random actions; medians of 7 interleaved turns of about 0.3 s (9 beside the peers).",
    body,
    peers: peer ? [["Gymnasium", peer.hello.gymnasium]] : [],
  });
}

/** Millions per second. */
function rate(seconds) {
  if (seconds === undefined) return "-";
  const millions = 1e-6 / seconds;
  return millions.toFixed(millions < 0.1 ? 4 : millions < 1 ? 3 : 2);
}

function thousands(seconds) {
  return seconds === undefined ? "-" : (1e-3 / seconds).toFixed(1);
}
