/** `carom new`: a folder with a small game that runs and learns, to be changed into one's own. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { callAs, quoted, workspace } from "../call.js";
import { CliError, exitCodes } from "../errors.js";
import { isTaken } from "../game/source.js";

/** The names of a game, in all the ways in which its files say it. */
export interface Names {
  /** `my-game`: its id, its files, its folder. */
  readonly id: string;
  /** `MyGame` */
  readonly className: string;
  /** `My game` */
  readonly title: string;
}

const longest = 40;

/** @throws CliError BAD_VALUE for a name that cannot be, FOLDER_EXISTS · the system's errors */
export async function newCommand(name: string): Promise<number> {
  const names = namesOf(name);
  if (existsSync(names.id)) {
    throw new CliError("FOLDER_EXISTS", `there is a ${names.id} here already; nothing was changed`);
  }
  const files = filesOf(names);
  mkdirSync(names.id);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(names.id, file), text);
  const lines = [
    `made ${names.id}/ with ${Object.keys(files).join(", ")}`,
    "next:",
    `  ${callAs(`check ./${names.id}`)}`,
    `  ${callAs(`train ./${names.id}`)}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return exitCodes.ok;
}

/** @throws CliError BAD_VALUE */
export function namesOf(id: string): Names {
  const expected = "small letters, digits and single dashes, as in my-game, a letter first";
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id) || id.length > longest) {
    const length = `at most ${longest} characters`;
    throw new CliError("BAD_VALUE", `new: a name has ${expected}, ${length} (got "${id}")`);
  }
  if (isTaken(id)) {
    throw new CliError("BAD_VALUE", `new: Carom has a game named ${id}; give yours another name`);
  }
  const words = id.split("-");
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
  const title = [capital(words[0]), ...words.slice(1)].join(" ");
  return { id, className: words.map(capital).join(""), title };
}

/** The folder's files, by name. */
export function filesOf(names: Names): Record<string, string> {
  const filled = (file: string): string =>
    readFileSync(new URL(`../../template/${file}`, import.meta.url), "utf8")
      .replaceAll("my-game", names.id)
      .replaceAll("MyGame", names.className)
      .replaceAll("My game", names.title)
      .replaceAll("GUIDE", guide());
  return {
    [`${names.id}.ts`]: filled("my-game.ts"),
    [`${names.id}.test.ts`]: filled("my-game.test.ts"),
    "README.md": filled("README.md"),
    "package.json": json(packageOf(names)),
    "tsconfig.json": json(compilerOptions()),
  };
}

/** Where the guide to games is. */
function guide(): string {
  if (workspace === undefined) return "`docs/guides/add-a-game.md` in Carom's repository";
  return `[Add a game](${pathToFileURL(join(workspace, "docs/guides/add-a-game.md")).href})`;
}

/** Scripts call the Carom that made the folder, as it is built; what is installed is for editors only. */
function packageOf({ id }: Names): object {
  const main = fileURLToPath(new URL("../main.js", import.meta.url));
  const command = `node ${quoted(main)}`;
  return {
    name: id,
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: {
      carom: command,
      check: `${command} check .`,
      train: `${command} train .`,
      watch: `${command} watch`,
    },
    devDependencies: { "@types/node": "^20.19.0", typescript: "^6.0.0" },
  };
}

/** For editors and `tsc`: the types of `@carom/envs` are those of this installation. */
function compilerOptions(): object {
  const library = createRequire(import.meta.url).resolve("@carom/envs");
  return {
    compilerOptions: {
      ...{ target: "es2023", lib: ["es2023"], module: "nodenext", types: ["node"] },
      ...{ strict: true, noEmit: true, skipLibCheck: true },
      ...{ allowImportingTsExtensions: true, erasableSyntaxOnly: true, verbatimModuleSyntax: true },
      paths: { "@carom/envs": [library.replace(/\.js$/, ".d.ts")] },
    },
    include: ["*.ts"],
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
