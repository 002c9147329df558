/**
 * The commands, their options and their help texts. Commander reads the arguments; each command's
 * own folder or file does the work and is only loaded when it is called.
 */
import { Command, CommanderError } from "commander";
import { errorText, exitCodeOf, exitCodes, reportError } from "./errors.js";
import {
  checkHelp,
  compileHelp,
  doctorHelp,
  evalHelp,
  exportHelp,
  newHelp,
  overviewHelp,
  replayHelp,
  serveEnvHelp,
  sweepHelp,
  trainHelp,
  watchHelp,
} from "./help.js";
import { versions } from "./versions.js";

/** What a command function gives: the exit code. */
type Outcome = number;

/** Runs the command on arguments (without node and script) and gives the exit code. Never throws. */
export async function run(argv: readonly string[]): Promise<Outcome> {
  let outcome: Outcome = exitCodes.ok;
  const program = createProgram((code) => {
    outcome = code;
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return outcome;
  } catch (error) {
    if (error instanceof CommanderError) return reportCommander(error);
    const report = reportError(error);
    process.stderr.write(`${errorText(report)}\n`);
    return exitCodeOf(report);
  }
}

/** Commander ends --help and --version by an exception too; those are no errors. */
function reportCommander(error: CommanderError): Outcome {
  if (error.exitCode === 0) return exitCodes.ok;
  const message = error.message.replace(/^error: /, "");
  if (message !== "(outputHelp)")
    process.stderr.write(`${errorText({ code: error.code, message })}\n`);
  return exitCodes.usage;
}

function createProgram(done: (code: Outcome) => void): Command {
  const program = new Command("carom")
    .description("Train agents for games written in TypeScript, watch them learn, evaluate them.")
    .version(versions().carom)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText("after", overviewHelp);
  addTrain(program, done);
  addWatch(program, done);
  addExport(program, done);
  addEval(program, done);
  addSweep(program, done);
  addNew(program, done);
  addCheck(program, done);
  addCompile(program, done);
  addReplay(program, done);
  addServeEnv(program, done);
  addDoctor(program, done);
  return program;
}

function addTrain(program: Command, done: (code: Outcome) => void): void {
  program
    .command("train")
    .description("train an agent for a game, or continue a run")
    .argument("[game]", "name of a game, or path of your own; left out with --resume")
    .option("--algo <name>", "algorithm, from the list below (default: ppo)")
    .option("--variant <name>", "variant of the game (default: the game's own)")
    .option(
      "--steps <count>",
      "stop after this many env steps, as 40M or 500k (default: the preset's)",
    )
    .option("--time <time>", "stop after this much training time, as 90, 90s, 2m or 1h30m")
    .option("--until-score <score>", "stop when the mean of the last 100 episodes is this high")
    .option("--seed <number>", "seed of everything random in the run (default: 1)")
    .option(
      "--device <name>",
      "cpu, cuda, cuda:1 (the second GPU), or auto; see below (default: cpu)",
    )
    .option("--precision <name>", "float32, tf32 or bfloat16, of a GPU (default: float32)")
    .option("--threads <count>", "threads of the device (default: all cores)")
    .option("--out <folder>", "run folder (default: runs/<game>-<algo>-<time>)")
    .option("--resume <run>", "continue this run where its last checkpoint is")
    .option("--init-from <run>", "begin with this run's network, as far as its layers fit")
    .option("--checkpoint <which>", "of --init-from: latest, best or an env step (default: latest)")
    .option("--set <key=value...>", "settings of the algorithm; see the list below")
    .option("--checkpoint-every <time>", "time between checkpoints (default: 30s)")
    .option("--no-viewer", "train without serving the viewer")
    .option("--control <on|off>", "whether the viewer may pause, save and stop (default: on)")
    .option("--port <number>", "port of the viewer; the next free one is taken (default: 4747)")
    .option("--open", "open the viewer in the browser")
    .option("--json", "print the result as JSON on the last line")
    .addHelpText("after", trainHelp)
    .action(async (game, options) => {
      const { trainCommand } = await import("./train/command.js");
      done(await trainCommand(game, options));
    });
}

function addWatch(program: Command, done: (code: Outcome) => void): void {
  program
    .command("watch")
    .description("show a past or running run in the viewer")
    .argument("[run]", "run folder, or its name under runs/ (default: the newest run)")
    .option("--port <number>", "port of the viewer; the next free one is taken (default: 4747)")
    .option("--open", "open the viewer in the browser")
    .addHelpText("after", watchHelp)
    .action(async (folder, options) => {
      const { watchCommand } = await import("./watch.js");
      done(await watchCommand(folder, options));
    });
}

function addExport(program: Command, done: (code: Outcome) => void): void {
  program
    .command("export")
    .description("write an episode of a run as a file: a page that plays it, a GIF, a picture")
    .argument("<run>", "run folder, or its name under runs/")
    .requiredOption("--to <file>", "file to write: .html, .gif or .png")
    .option("--episode <which>", "best, worst, first, newest, or the id of one (default: best)")
    .option("--at <decision>", "where the page opens, the GIF begins, the picture is (default: 0)")
    .option("--speed <factor>", "of a GIF, times real time (default: 1)")
    .option("--no-policy", "leave the policy that played out of a page")
    .addHelpText("after", exportHelp)
    .action(async (folder, options) => {
      const { exportCommand } = await import("./export.js");
      done(await exportCommand(folder, options));
    });
}

function addEval(program: Command, done: (code: Outcome) => void): void {
  program
    .command("eval")
    .description("play a checkpoint on fresh seeds and report its score")
    .argument("<run>", "run folder, or its name under runs/")
    .option("--episodes <count>", "complete episodes to play (default: 100)")
    .option("--greedy", "always the most probable action instead of a sampled one")
    .option("--checkpoint <which>", "latest, best, or the env step of one (default: latest)")
    .option("--seed <number>", "seed of the games (default: derived from the run's)")
    .option("--device <name>", "cpu, cuda, cuda:1 (the second GPU), or auto (default: cpu)")
    .option("--precision <name>", "float32, tf32 or bfloat16, of a GPU (default: float32)")
    .option("--threads <count>", "threads of the device (default: all cores)")
    .option("--json", "print the result as JSON on the last line")
    .addHelpText("after", evalHelp)
    .action(async (folder, options) => {
      const { evalCommand } = await import("./eval.js");
      done(await evalCommand(folder, options));
    });
}

function addSweep(program: Command, done: (code: Outcome) => void): void {
  program
    .command("sweep")
    .description("search for settings of an algorithm that learn a game best")
    .argument("[game]", "name of a game, or path of your own; left out with --resume")
    .option("--algo <name>", "algorithm whose settings are searched (default: ppo)")
    .option("--variant <name>", "variant of the game (default: the game's own)")
    .option("--param <key=range...>", "what to vary, and where; see below (default: see below)")
    .option("--set <key=value...>", "settings that are the same in all trials")
    .option("--trials <count>", "combinations of values to try (default: 27)")
    .option("--steps <count>", "env steps of the trials that come last (default: the preset's)")
    .option("--rungs <count>", "budgets at most; 1 gives every trial all steps (default: 3)")
    .option("--seeds <count>", "runs of each trial, whose scores are averaged (default: 1)")
    .option(
      "--objective <name>",
      "final: mean of the last 100 episodes; area: over the run (default: final)",
    )
    .option("--seed <number>", "seed of the trials' values and runs (default: 1)")
    .option("--jobs <count>", "runs at a time (default: one per processor)")
    .option("--threads <count>", "threads of each run's device (default: processors / jobs)")
    .option(
      "--device <name>",
      "cpu, cuda, cuda:1 (the second GPU), or auto; see below (default: cpu)",
    )
    .option("--precision <name>", "float32, tf32 or bfloat16, of a GPU (default: float32)")
    .option("--out <folder>", "sweep folder (default: sweeps/<game>-<algo>-<time>)")
    .option("--resume <sweep>", "go on with this sweep; finished runs are not repeated")
    .option("--json", "print the outcome as JSON on the last line")
    .addHelpText("after", sweepHelp)
    .action(async (game, options) => {
      const { sweepCommand } = await import("./sweep/command.js");
      done(await sweepCommand(game, options));
    });
}

function addNew(program: Command, done: (code: Outcome) => void): void {
  program
    .command("new")
    .description("make a folder with a small game to change into your own")
    .argument("<name>", "name of the game, as my-game")
    .addHelpText("after", newHelp)
    .action(async (name) => {
      const { newCommand } = await import("./new/command.js");
      done(await newCommand(name));
    });
}

function addCheck(program: Command, done: (code: Outcome) => void): void {
  program
    .command("check")
    .description("check a game against the rules of games, and measure its speed")
    .argument("<game>", "path of your own game, or name of a game")
    .option("--variant <name>", "only this variant (default: all)")
    .option("--steps <count>", "random decisions of the longest check (default: 100k)")
    .option("--seed <number>", "seed of the games and of the random play (default: 1)")
    .option("--json", "print the report as JSON and nothing else")
    .addHelpText("after", checkHelp)
    .action(async (game, options) => {
      const { checkCommand } = await import("./check.js");
      done(await checkCommand(game, options));
    });
}

function addCompile(program: Command, done: (code: Outcome) => void): void {
  program
    .command("compile")
    .description("translate a game to C++ and CUDA, and say what the translation is like")
    .argument("<game>", "path of your own game, or name of a game")
    .option("--variant <name>", "variant of the game (default: the game's own)")
    .option("--emit <what>", "print the text and nothing else: cuda, cpp or ir")
    .option("--check", "compare the translation with the class, and count registers where nvcc is")
    .option("--steps <count>", "random decisions of the comparison (default: 100k)")
    .option("--seed <number>", "seed of the random play (default: 1)")
    .option("--arch <name>", "architecture of the GPU, for nvcc (default: sm_90)")
    .addHelpText("after", compileHelp)
    .action(async (game, options) => {
      const { compileCommand } = await import("./compile.js");
      done(await compileCommand(game, options));
    });
}

function addReplay(program: Command, done: (code: Outcome) => void): void {
  program
    .command("replay")
    .description("play a replay file again: whether its game still plays it so, and what came out")
    .argument("<file>", "a file that the viewer saved")
    .option("--game <game>", "a path, where the game is your own (default: the game it names)")
    .option("--decisions", "print every decision as a line of JSON: step, action, reward")
    .option("--json", "print what was found as JSON")
    .addHelpText("after", replayHelp)
    .action(async (file, options) => {
      const { replayCommand } = await import("./replay.js");
      done(await replayCommand(file, options));
    });
}

function addServeEnv(program: Command, done: (code: Outcome) => void): void {
  program
    .command("serve-env")
    .description("play a game for a Python program, as an environment of Gymnasium")
    .argument("<game>", "name of the game, or a path to a module of your own")
    .option("--variant <name>", "variant of the game (default: the game's own)")
    .addHelpText("after", serveEnvHelp)
    .action(async (game, options) => {
      const { serveEnvCommand } = await import("./serve-env.js");
      done(await serveEnvCommand(game, options));
    });
}

function addDoctor(program: Command, done: (code: Outcome) => void): void {
  program
    .command("doctor")
    .description(
      "print versions, processor, whether the native core loads, and what there is of CUDA",
    )
    .option("--json", "print it as JSON")
    .addHelpText("after", doctorHelp)
    .action(async (options) => {
      const { doctorCommand } = await import("./doctor.js");
      done(await doctorCommand(options));
    });
}
