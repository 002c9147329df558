/** The command that users run, as a child process: its words in, the JSON of its last line out. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

/** The command ended with another code than 0. */
export class CaromError extends Error {
  /** Its exit code, or the signal's, as a shell gives it. */
  code;

  constructor(words, code, errors) {
    const lines = errors.trim().split("\n");
    super(`carom ${words.slice(0, 2).join(" ")}: ${lines.at(-1) || `ended with code ${code}`}`);
    this.code = code;
  }
}

/**
 * Runs `carom` with `--json` among its words. Resolves to the object that it prints last.
 *
 * @param {string[]} words @param {(child: import("node:child_process").ChildProcess) => void} [onStart]
 */
export function runCarom(words, onStart = () => {}) {
  const child = spawn(process.execPath, [main, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  onStart(child);
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output = (output + text).slice(-20_000);
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors = (errors + text).slice(-20_000);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(output.trim().split("\n").at(-1)));
      else reject(new CaromError(words, code ?? 128, errors));
    });
  });
}
