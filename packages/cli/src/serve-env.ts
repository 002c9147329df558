/** `carom serve-env`: one of the games for a Python program, over standard input and output. */
import { specOf } from "@carom/envs";
import { serveEnv } from "@carom/gym";
import { CliError, exitCodes } from "./errors.js";
import { resolveGame } from "./game/source.js";

/** The options as commander hands them over. */
export interface ServeEnvTexts {
  readonly variant?: string;
}

/**
 * Serves until the other program ends the input. Writes nothing but frames to standard output.
 *
 * @throws EnvError for names · CliError REMOTE_GAME · GymError PROTOCOL where the input is no frames
 */
export async function serveEnvCommand(gameId: string, texts: ServeEnvTexts): Promise<number> {
  const { game } = await resolveGame(gameId);
  if (game.remote) {
    throw new CliError("REMOTE_GAME", `serve-env: ${game.id} already runs in Python`);
  }
  const defaultVariant = specOf(game, texts.variant).variant;
  await serveEnv({ ...game, defaultVariant }, {}, process.stdin, process.stdout);
  return exitCodes.ok;
}
