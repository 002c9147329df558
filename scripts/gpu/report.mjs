/**
 * Writes report.json and report.md of scripts/gpu-check from what its steps left: `report.mjs <folder of the steps> <folder
 * of the report>`. Called after every step, so that a check that is stopped leaves a report.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const mostFailures = 60;
const [work, out] = process.argv.slice(2);
const bundle = new URL("../../bundle.json", import.meta.url);
const report = {
  bundle: existsSync(bundle) ? JSON.parse(readFileSync(bundle, "utf8")) : undefined,
  facts: readFacts(),
  steps: readSteps(),
  benchmarks: readBenchmarks(),
};
writeFileSync(join(out, "report.json"), `${JSON.stringify(report, null, 1)}\n`);
writeFileSync(join(out, "report.md"), `${markdown(report)}\n`);

function read(file) {
  return existsSync(join(work, file)) ? readFileSync(join(work, file), "utf8") : "";
}

/** Lines of "name: value". */
function readFacts() {
  return read("facts.txt")
    .split("\n")
    .map((line) => /^([^:]+): (.+)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name, value]) => [name, value]);
}

function readSteps() {
  const lines = read("steps.tsv").split("\n").filter(Boolean);
  return lines.map((line) => {
    const [name, status, seconds, limit, code, reason, command] = line.split("\t");
    const numbers = { seconds: Number(seconds), limit: Number(limit), code: Number(code) };
    return { name, status, ...numbers, reason, command, ...resultsOf(name) };
  });
}

/** How many tests passed and failed, and which failed: by the JSON of vitest, or what a program printed last. */
function resultsOf(name) {
  const json = read(`${name}.json`);
  if (json === "") return printedResults(read(`${name}.log`));
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(json);
  const failures = testResults.flatMap((file) => {
    const tests = file.assertionResults.filter((one) => one.status === "failed");
    const first = (text) => (text ?? "").split("\n")[0].slice(0, 300);
    if (tests.length === 0 && file.status === "failed")
      return [`${file.name}: ${first(file.message)}`];
    return tests.map((one) => `${one.fullName}: ${first(one.failureMessages[0])}`);
  });
  const counts = { passed: numPassedTests, failed: Math.max(numFailedTests, failures.length) };
  return { ...counts, failures: failures.slice(0, mostFailures) };
}

/** By what a program printed last, or by the files that vitest had told of when it was stopped. */
function printedResults(log) {
  const [, passed, failed] = [...log.matchAll(/(\d+) passed, (\d+) failed/g)].at(-1) ?? [];
  const failures = log.split("\n").filter((line) => /^(FAIL |failed: |- wrong: )/.test(line));
  const some = { failures: failures.slice(0, mostFailures) };
  if (passed !== undefined) return { passed: Number(passed), failed: Number(failed), ...some };
  const files = [...log.matchAll(/^ +[✓❯] .*\.test\.ts \((\d+) tests?(?:.*?(\d+) failed)?/gm)];
  if (files.length === 0) return some;
  const sum = (values) => values.reduce((total, value) => total + Number(value ?? 0), 0);
  const wrong = sum(files.map((match) => match[2]));
  return { passed: sum(files.map((match) => match[1])) - wrong, failed: wrong, ...some };
}

function readBenchmarks() {
  const folder = join(work, "bench");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => {
      const text = readFileSync(join(folder, file.replace(/json$/, "md")), "utf8");
      return { ...JSON.parse(readFileSync(join(folder, file), "utf8")), markdown: text };
    });
}

function markdown({ bundle, facts, steps, benchmarks }) {
  const row = (cells) => `| ${cells.join(" | ")} |`;
  const failed = steps.filter((step) => step.status === "failed");
  const verdict =
    failed.length === 0
      ? "Nothing failed."
      : `Failed: ${failed.map(({ name }) => name).join(", ")}.`;
  const known = [...facts, ...(bundle ? [["commit", bundle.commit]] : [])];
  return [
    "# Check on a GPU",
    verdict,
    [row(["fact", ""]), row(["---", "---"]), ...known.map(row)].join("\n"),
    [
      row(["step", "result", "passed", "failed", "s", "why"]),
      row(["---", "---", "---:", "---:", "---:", "---"]),
      ...steps.map(({ name, status, passed = "", failed = "", seconds, reason }) =>
        row([name, status, passed, failed, seconds, reason]),
      ),
    ].join("\n"),
    ...steps
      .filter(({ failures }) => failures.length > 0)
      .map(({ name, failures }) =>
        [`## ${name}: failures`, "", ...failures.map((one) => `- ${one}`)].join("\n"),
      ),
    ...benchmarks.map(({ markdown }) => markdown.trim().replace(/^# /, "## ")),
    "## Commands",
    steps
      .filter(({ command }) => command)
      .map(({ name, command }) => `- ${name}: \`${command}\``)
      .join("\n"),
  ].join("\n\n");
}
