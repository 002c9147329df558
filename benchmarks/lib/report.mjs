/** Results as Markdown files in benchmarks/results/, each with the machine and the command that made it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const results = fileURLToPath(new URL("../results/", import.meta.url));
const cwd = fileURLToPath(new URL(".", import.meta.url));

/** A Markdown table; numbers are aligned right. */
export function table(header, rows) {
  const isNumber = header.map((_, i) => rows.every((row) => /^[-\d.,~<>]/.test(String(row[i]))));
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(header), line(isNumber.map((n) => (n ? "---:" : "---"))), ...rows.map(line)].join(
    "\n",
  );
}

/** Writes results/<name>.md and prints its body, or what is to be printed instead. */
export function report(name, { title, command, intro, body, printed = body, peers = [] }) {
  mkdirSync(results, { recursive: true });
  const text = `# ${title}\n\n${intro}\n\n${body}\n\n${machine(command, peers)}\n`;
  writeFileSync(`${results}${name}.md`, text);
  console.log(`\n${title}\n\n${printed}\n\nwritten: benchmarks/results/${name}.md`);
}

/** Writes another file (a picture) beside the tables. */
export function saveResult(file, text) {
  mkdirSync(results, { recursive: true });
  writeFileSync(`${results}${file}`, text);
}

/** The processor and its cores, in words. */
export function processor() {
  const all = cpus();
  return `${all[0]?.model.trim() ?? "unknown"}, ${all.length} logical cores`;
}

function machine(command, peers) {
  const facts = [
    ["command", `\`${command}\``],
    ["processor", processor()],
    ["memory", `${Math.round(totalmem() / 2 ** 30)} GiB`],
    ["system", `${process.platform} ${process.arch}, Node ${process.versions.node}`],
    ...peers,
    ["load average at the end", loadavg()[0].toFixed(1)],
    ["commit", commit()],
    ["date", new Date().toISOString().slice(0, 10)],
  ];
  return table(["fact", ""], facts);
}

/** The commit that is measured, and whether anything but results differs from it. */
export function commit() {
  const changes = ["status", "--porcelain", "--untracked-files=no", "--"];
  const measured = [":(top)", ":(top,exclude)benchmarks/results"];
  try {
    const options = { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    const git = (...args) => execFileSync("git", args, options).trim();
    const dirty = git(...changes, ...measured) === "" ? "" : ", with changes";
    return `${git("rev-parse", "--short", "HEAD")}${dirty}`;
  } catch {
    return "unknown";
  }
}
