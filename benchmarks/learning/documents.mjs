/**
 * The last section of every docs/algorithms/<name>.md, "## Results": the algorithm's rows of the report. Written with it,
 * so that a document says what the store says.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { writeWhole } from "./store.mjs";

/** The documents that have more than the rows of the algorithm that they are called after, and which. */
const wider = {
  dqn: ({ algo }) => ["dqn", "c51", "qrdqn", "rainbow"].includes(algo),
  rnd: ({ family }) => family === "exploration",
};
const names = "a2c ddpg dqn ppo pqn r2d2 reinforce rnd sac sac-discrete td3 vtrace".split(" ");
const heading = "## Results\n";

/**
 * Writes the section of every document.
 *
 * @param {object[]} rows  looked up, see report.mjs
 * @param {(rows: object[]) => string} tableOf  draws their table
 */
export function writeDocuments(rows, tableOf) {
  for (const name of names) {
    const path = fileURLToPath(new URL(`../../docs/algorithms/${name}.md`, import.meta.url));
    const text = readFileSync(path, "utf8");
    const end = text.indexOf(heading);
    if (end === -1) throw new Error(`${path}: has no section "## Results"`);
    const belongs = wider[name] ?? (({ algo }) => algo === name);
    const own = rows.filter(({ row, results }) => belongs(row) && results.length > 0);
    const ids = own.map(({ row }) => row.id).join(",");
    const section = [
      heading,
      `Written by \`pnpm bench:learning --only ${ids}\`; the protocol and the curves are in`,
      "[learning.md](../../benchmarks/results/learning.md).\n",
      tableOf(own),
    ];
    writeWhole(path, `${text.slice(0, end)}${section.join("\n").trimEnd()}\n`);
  }
}
