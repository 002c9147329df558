/** `carom watch`: the viewer on a run folder, whoever writes it or wrote it, until Ctrl-C. */
import { readRun } from "@carom/runs";
import { exitCodes } from "./errors.js";
import { findRun, newestRun } from "./folders.js";
import { formatCount } from "./format.js";
import { exitCodeFor, listenForEnd } from "./signals.js";
import { parseViewer } from "./train/options.js";
import { serveViewer } from "./viewer.js";

/** The options as commander hands them over. */
export interface WatchTexts {
  readonly port?: string;
  readonly open?: boolean;
}

const whyNoControl =
  "carom watch only shows a run. The viewer of the carom train that trains it can pause and stop it.";

/** Serves until SIGINT or SIGTERM, which is its ordinary end. @throws RunError RUN_NOT_FOUND, ... */
export async function watchCommand(folder: string | undefined, texts: WatchTexts): Promise<number> {
  const options = parseViewer(texts);
  const run = readRun(folder === undefined ? newestRun() : findRun(folder));
  try {
    const { id, game, variant, algo, seed, status, steps } = run.facts();
    const print = (line: string): void => void process.stdout.write(`${line}\n`);
    const server = await serveViewer(run, options, print, { whyNoControl });
    print(
      `run: ${id}: ${game} (${variant}), ${algo}, seed ${seed}, ${status}, ${formatCount(steps)} steps`,
    );
    await new Promise<void>((resolve) => {
      listenForEnd({ first: () => resolve(), last: (signal) => process.exit(exitCodeFor(signal)) });
    });
    await server.close();
  } finally {
    run.close();
  }
  return exitCodes.ok;
}
