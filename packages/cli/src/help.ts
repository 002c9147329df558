/** What the help texts say beyond the list of options: games, settings and examples. */
import {
  algorithms,
  type ConfigSchema,
  envSchema,
  type SweepRange,
  sweepRanges,
} from "@carom/agents";
import { games } from "@carom/envs";
import { pythonFolder } from "@carom/gym";

/** What --device and --precision of train, eval and sweep take. */
const devices = `Devices:
  cpu      the processor; a run repeats itself bit for bit
  cuda     the first NVIDIA GPU, cuda:1 the second; carom doctor says what there is, and what is missing
  auto     the first GPU that can be used, else the cpu: the first line says which, and why
On a GPU, --precision float32 is as exact as the cpu. tf32 and bfloat16 round the factors of matrix products and
convolutions to 10 and 7 bits for the GPU's tensor cores: faster where networks are large, and less exact.
Parameters, sums and everything else stay float32. A run keeps both when it is resumed, unless told otherwise.`;

/** After `carom --help`. */
export function overviewHelp(): string {
  return `
Examples:
  carom train breakout          train with the preset, watch in the browser
  carom watch                   look at the newest run again
  carom eval runs/my-run        score its last checkpoint on fresh games
  carom sweep cartpole          search for settings that learn best
  carom new my-game             a game of your own, to begin with
  carom train ./my-game         train on it
  carom train --help            all options, games and settings

Exit codes: 0 done, 1 unexpected failure, 2 not possible as asked, 130 stopped by Ctrl-C (saved).
`;
}

/** After `carom train --help`. */
export function trainHelp(): string {
  return `
Games (variants):
${games.map((game) => `  ${game.id.padEnd(22)} ${game.title} (${game.variants.join(", ")})`).join("\n")}
  gym:<id>               an environment of Python's Gymnasium, as gym:CartPole-v1 or gym:ALE/Breakout-v5
  ./my-game.ts           your own: a module whose default export is a game (carom new makes one)

${algorithms.map(settings).join("\n\n")}

Settings of the games' surroundings, for every algorithm
${rows(envSchema)}

${devices}

Ctrl-C once saves a checkpoint and says how to continue; twice ends at once.
The viewer can pause, resume, save and stop too, from this machine and with the printed address only; each time
a line says so here and in the run folder (events.jsonl). --control off lets it only watch.

Examples:
  carom train breakout
  carom train breakout --steps 10M --seed 7 --out runs/mine
  carom train breakout --time 2m --until-score 400 --no-viewer --json
  carom train breakout --set learningRate=5e-4 envs=128
  carom train breakout --set observation=pixels frameSkip=4 frameStack=4
  carom train ./my-game.ts
  carom train gym:CartPole-v1
  carom train mini-breakout --init-from runs/mine --checkpoint best
  carom train --resume runs/mine
  carom train --resume runs/mine --steps 80M
  carom train breakout --set observation=pixels --device auto --precision tf32
  carom train --resume runs/mine --device cpu
`;
}

/** After `carom watch --help`. */
export function watchHelp(): string {
  return `
The viewer is served to this machine only, until Ctrl-C.

Examples:
  carom watch                   the newest run under runs/
  carom watch runs/mine --open
`;
}

/** After `carom export --help`. */
export function exportHelp(): string {
  return `
A page is one file that opens by a double click and needs nothing else: it plays the episode, forwards, backwards
and to any decision. It holds the newest policy that the run kept before the episode's end, and the code to run it:
overlays, highlights, why this action, and taking over work there, offline. That is about 600 kB and 4/3 of the
policy's own size; without a policy it is about 300 kB. GIFs are up to 480 pixels large, pictures up to 960.

Examples:
  carom export runs/mine --to best.html
  carom export runs/mine --to small.html --no-policy
  carom export runs/mine --episode 12 --to it.gif --speed 2
  carom export runs/mine --episode newest --at 300 --to it.png
`;
}

/** After `carom eval --help`. */
export function evalHelp(): string {
  return `
Prints mean, median and interquartile mean of the returns, each mean with its 95% bootstrap interval.
The games' seeds are not those of the training, and the same command gives the same answer. A run that was
trained on a GPU is played on the cpu, in float32, unless --device says otherwise; checkpoints fit every device.

${devices}

Examples:
  carom eval runs/mine
  carom eval runs/mine --checkpoint best --episodes 1000 --greedy
  carom eval runs/mine --checkpoint 2000000 --json
`;
}

/** After `carom sweep --help`. */
export function sweepHelp(): string {
  return `
A trial is a combination of values drawn at random. All trials run for a part of --steps; of each three
the best goes on and runs anew for three times as long, until the last ones run for all of --steps.
Every run is a carom train of its own, in the sweep's folder: watch and evaluate it like any other.

What --param takes:
  key=low..high          numbers between the two, evenly
  key=low..high:log      the same, evenly in the logarithm
  key=low..high:int      whole numbers (settings that are whole numbers need no :int)
  key=a,b,c              one of these; a bar parts values that have commas: "hidden=64,64|128,128"

Without --param:
${algorithms.map(searched).join("\n")}

The folder gets table.md, trials.csv and sweep.svg, whenever a run ends. Runs that fail are recorded.
Ctrl-C once lets the runs save and says how to go on; twice ends at once. Exit codes as for train.

${devices}
With --resume, --device moves the runs that are left to another one.

Examples:
  carom sweep cartpole --trials 27 --steps 200k
  carom sweep breakout --param learningRate=1e-4..1e-2:log epochs=1..8 --seeds 3 --objective area
  carom sweep ./my-game.ts --algo reinforce --rungs 1 --trials 10 --jobs 2
  carom sweep --resume sweeps/cartpole-ppo-20260101-120000
`;
}

/** After `carom new --help`. */
export function newHelp(): string {
  return `
The folder holds the game, its tests, and what an editor needs to know; nothing has to be installed.

Examples:
  carom new my-game
  carom check ./my-game
  carom train ./my-game
`;
}

/** After `carom check --help`. */
export function checkHelp(): string {
  return `
Plays the game at random, in pairs, from copies and from replays, and names the first decision that
differs. Tests beside the game that use node:test (my-game.test.ts) are run too.
Exit code 0 if all is well, 2 if a rule is broken or a test fails.

Examples:
  carom check ./my-game.ts
  carom check ./my-game.ts --steps 1M --seed 7
  carom check breakout --variant puffer --json
`;
}

/** After `carom compile --help`. */
export function compileHelp(): string {
  return `
What does not fit a GPU is refused with its line and a way out; the game still runs on the processor.
--check builds the translation with g++, plays it beside the class, step by step and bit by bit, and then a
checked build that finds indices out of range and loops that do not end.
Exit code 0 if all is well, 2 if the game is refused, differs from its class or has a fault.

Examples:
  carom compile breakout --check
  carom compile ./my-game.ts --check --steps 1M
  carom compile snake --emit cuda > snake.cu
`;
}

/** After `carom replay --help`. */
export function replayHelp(): string {
  return `
A replay is a game, a seed and the actions; all else is played again. The viewer saves branches that a person
played as such files: demonstrations. Programs in TypeScript read them with decodeReplay of @carom/envs.
Exit code 0 if every checksum agrees, 2 if the game plays the episode differently or the file is damaged.

Examples:
  carom replay breakout-branch-1.replay
  carom replay my-game-branch-2.replay --game ./my-game.ts
  carom replay breakout-branch-1.replay --decisions > decisions.jsonl
`;
}

/** After `carom serve-env --help`. */
export function serveEnvHelp(): string {
  return `
Speaks a binary protocol over standard input and output; the Python side is one file, carom_env.py, in
${pythonFolder}

Example, in Python:
  from carom_env import CaromEnv, CaromVectorEnv
  env = CaromEnv("breakout")              # starts this command itself
  envs = CaromVectorEnv("snake", num_envs=64)
`;
}

/** After `carom doctor --help`. */
export function doctorHelp(): string {
  return `
For CUDA: the GPUs, the driver, the library and what it was built for, NVIDIA's compiler, and what is missing with the
way to get it. Exit code 0 if the native core loads and computes, 1 if not; a GPU is not needed for that.

Examples:
  carom doctor
  carom doctor --json
`;
}

/** The settings of one algorithm as a table. */
function settings({ name, title, schema }: (typeof algorithms)[number]): string {
  const own = Object.entries(schema).filter(([key]) => !Object.hasOwn(envSchema, key));
  const preset = "a game's preset may differ";
  const table = rows(Object.fromEntries(own));
  return `Settings of ${name}: ${title}; defaults shown, ${preset}\n${table}`;
}

/** What a sweep of an algorithm varies where nobody says. */
function searched({ name, schema }: (typeof algorithms)[number]): string {
  const ranges = Object.entries(sweepRanges(name, schema));
  return `  ${name.padEnd(22)} ${ranges.map(([key, range]) => `${key}=${rangeText(range)}`).join(" ")}`;
}

function rangeText(range: SweepRange): string {
  if ("choices" in range) return range.choices.join(",");
  return `${range.low}..${range.high}${range.scale === "log" ? ":log" : ""}`;
}

function rows(schema: ConfigSchema): string {
  const lines = Object.entries(schema).map(([key, field]) => {
    const choices = field.choices === undefined ? "" : ` (${field.choices.join(", ")})`;
    const unit = field.unit === "" ? "" : ` [${field.unit}]`;
    return `  ${`${key}=${field.default}`.padEnd(28)} ${field.doc}${choices}${unit}`;
  });
  return lines.join("\n");
}
