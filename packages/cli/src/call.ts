/** How the user calls the command, for lines that say what to do next. */
import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the workspace that this command is a part of; undefined where it was installed. */
export const workspace: string | undefined = findWorkspace();

/**
 * A command in the words that work where the user is: `pnpm train` in the workspace,
 * `pnpm --dir <workspace> train` outside of it, `carom train` where it was called by that name.
 *
 * @param command with its arguments
 */
export function callAs(command: string, env: NodeJS.ProcessEnv = process.env): string {
  const { npm_lifecycle_event: script, npm_package_json: manifest, INIT_CWD: user = "" } = env;
  if (script === undefined) return `carom ${command}`;
  const isOurs = manifest === undefined || resolve(dirname(manifest)) === workspace;
  if (!isOurs || workspace === undefined) return `npm run carom -- ${command}`;
  const words = scripts.test(command) ? command : `carom ${command}`;
  const isInside = user === "" || !relative(workspace, user).startsWith("..");
  return isInside ? `pnpm ${words}` : `pnpm --dir ${quoted(workspace)} ${words}`;
}

/** Commands that the workspace has a script for. */
const scripts = /^(train|watch|eval|check)\b/;

/** A path as one word of a shell's command. */
export function quoted(path: string): string {
  return /^[\w./@-]+$/.test(path) ? path : JSON.stringify(path);
}

function findWorkspace(): string | undefined {
  const folder = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
  return existsSync(join(folder, "scripts", "carom.mjs")) ? folder : undefined;
}
