/** Results as Markdown files in benchmarks/results/, each with the machine and the command that made it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const results = fileURLToPath(new URL("../results/", import.meta.url));

/** A Markdown table; numbers are aligned right. */
export function table(header, rows) {
  const isNumber = header.map((_, i) => rows.every((row) => /^[-\d.,~<>]/.test(String(row[i]))));
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(header), line(isNumber.map((n) => (n ? "---:" : "---"))), ...rows.map(line)].join(
    "\n",
  );
}

/** Writes results/<name>.md and prints its body. */
export function report(name, { title, command, intro, body, peers = [] }) {
  mkdirSync(results, { recursive: true });
  const text = `# ${title}\n\n${intro}\n\n${body}\n\n${machine(command, peers)}\n`;
  writeFileSync(`${results}${name}.md`, text);
  console.log(`\n${title}\n\n${body}\n\nwritten: benchmarks/results/${name}.md`);
}

/** Writes another file (a picture) beside the tables. */
export function saveResult(file, text) {
  mkdirSync(results, { recursive: true });
  writeFileSync(`${results}${file}`, text);
}

function machine(command, peers) {
  const all = cpus();
  const facts = [
    ["command", `\`${command}\``],
    ["processor", `${all[0]?.model.trim() ?? "unknown"}, ${all.length} logical cores`],
    ["memory", `${Math.round(totalmem() / 2 ** 30)} GiB`],
    ["system", `${process.platform} ${process.arch}, Node ${process.versions.node}`],
    ...peers,
    ["load average at the end", loadavg()[0].toFixed(1)],
    ["commit", commit()],
    ["date", new Date().toISOString().slice(0, 10)],
  ];
  return table(["fact", ""], facts);
}

function commit() {
  try {
    const git = (...args) => execFileSync("git", args, { cwd: results, encoding: "utf8" }).trim();
    const dirty =
      git("status", "--porcelain", "--untracked-files=no") === "" ? "" : ", with changes";
    return `${git("rev-parse", "--short", "HEAD")}${dirty}`;
  } catch {
    return "unknown";
  }
}
