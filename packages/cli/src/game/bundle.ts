/**
 * A user's module as one file without imports: TypeScript becomes JavaScript, everything it imports
 * is put in, and its game becomes the default export. Games import `@carom/envs`, which is always
 * this installation's own, so nothing has to be installed beside the game.
 *
 * Not here: running it (module.ts), keeping it (@carom/runs).
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { GameSourceFile } from "@carom/runs/formats";
import type { BuildFailure, BuildOptions, Message, Plugin } from "esbuild";
import { CliError } from "../errors.js";

/** A game as one file. */
export interface GameBundle {
  /** The user's file, as a short path. */
  readonly path: string;
  readonly code: Uint8Array;
  /** The user's own files in it, the named one first; libraries are not listed. */
  readonly sources: readonly GameSourceFile[];
}

/** Endings of a game's module, in the order in which a folder is searched. */
const endings = [".ts", ".mts", ".js", ".mjs"];
const library = "@carom/envs";
/** What the bundle's first module is called: no file has such a name, so it hides none. */
const entryName = "<carom>";
const here = dirname(fileURLToPath(import.meta.url));

/** @throws CliError GAME_NOT_FOUND, BAD_GAME with the place of the first error */
export async function bundleGame(text: string): Promise<GameBundle> {
  const file = findModule(text);
  const contents = [
    `import * as module from ${JSON.stringify(`./${basename(file)}`)};`,
    `import { gameOf } from ${JSON.stringify(library)};`,
    "export default gameOf(module);",
  ].join("\n");
  const built = await bundle(file, {
    stdin: { contents, resolveDir: dirname(file), sourcefile: entryName },
    platform: "browser",
    sourcemap: "inline",
    sourceRoot: `${pathToFileURL(dirname(file)).href}/`,
  });
  return { path: shortPath(file), code: built.code, sources: built.inputs.map(sourceOf) };
}

/** What a bundle is, whatever it is for. */
export interface Bundle {
  readonly code: Uint8Array;
  /** Absolute paths of the user's files in it, `file` first if it is among them. */
  readonly inputs: readonly string[];
}

/**
 * One ES module of a file and all it imports. Paths inside it begin at the file's folder.
 *
 * @throws CliError BAD_GAME
 */
export async function bundle(file: string, options: BuildOptions): Promise<Bundle> {
  const { build } = await import("esbuild"); // takes a moment, and most commands need none
  const absWorkingDir = dirname(file);
  try {
    const { outputFiles, metafile } = await build({
      ...{ absWorkingDir, bundle: true, format: "esm", target: "es2022", write: false },
      ...{ metafile: true, logLevel: "silent", plugins: [ownLibrary], conditions },
      ...options,
    });
    const inputs = Object.keys(metafile?.inputs ?? {}).map((path) => resolve(absWorkingDir, path));
    const own = inputs.filter((path) => existsSync(path) && !isLibrary(path));
    const rest = own.filter((path) => path !== file);
    const code = outputFiles?.[0].contents ?? new Uint8Array(0);
    return { code, inputs: own.length === rest.length ? rest : [file, ...rest] };
  } catch (error) {
    if (isBuildFailure(error)) throw new CliError("BAD_GAME", problemOf(error, absWorkingDir));
    throw error;
  }
}

/** The module of a path: a file, or the one in a folder that has the folder's name. */
export function findModule(text: string): string {
  const path = resolve(text);
  if (!existsSync(path)) throw new CliError("GAME_NOT_FOUND", `there is no file ${text}`);
  if (!statSync(path).isDirectory()) return path;
  const name = basename(path);
  const file = endings.map((ending) => join(path, name + ending)).find(existsSync);
  if (file !== undefined) return file;
  const expected = `expected ${name}.ts in it, or name the file`;
  throw new CliError("GAME_NOT_FOUND", `${text} is a folder without a game (${expected})`);
}

/** From the folder in which the user is, where that is shorter. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}

/** SHA-256 of a file as hexadecimal digits. */
export function hashOfFile(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Run from its sources, the command takes those of the library too. */
const conditions = import.meta.url.endsWith(".ts") ? ["carom-source"] : [];

/** Answers imports of the library as if this file had them. */
const ownLibrary: Plugin = {
  name: "own-library",
  setup(build) {
    build.onResolve({ filter: /^@carom\/envs$/ }, ({ path, kind, pluginData }) => {
      if (pluginData === library) return undefined;
      return build.resolve(path, { kind, resolveDir: here, pluginData: library });
    });
  },
};

function isLibrary(path: string): boolean {
  const folder = relative(resolve(here, "../../.."), path);
  return /[\\/]node_modules[\\/]/.test(path) || /^envs[\\/](dist|src)[\\/]/.test(folder);
}

function sourceOf(path: string): GameSourceFile {
  return { path, sha256: hashOfFile(path) };
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

/** `dodge.ts:7:9: Expected ";" but found "x"`, and how many more there are. */
function problemOf({ errors }: BuildFailure, folder: string): string {
  const [{ location, text, notes }] = errors;
  const place = location && `${shortPath(resolve(folder, location.file))}:${columnOf(location)}: `;
  const isNodes = notes.some((note) => note.text.includes("is built into node"));
  const why = isNodes ? " (a game runs in browsers too: nothing of Node can be in it)" : "";
  const more = errors.length > 1 ? `; and ${errors.length - 1} more` : "";
  return `${place ?? ""}${text}${why}${more}`;
}

/** Line and column, both from 1 as editors count. */
function columnOf({ line, column }: NonNullable<Message["location"]>): string {
  return `${line}:${column + 1}`;
}
