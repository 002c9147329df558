/** What the tests share: a Python that can run them, or the reason why they are skipped. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";

/** The folder of the tests' Python files. */
export const pythonFolder: string = fileURLToPath(new URL("./python", import.meta.url));

/** The Python that the tests run: CAROM_PYTHON, or python3. */
export const pythonProgram: string = process.env["CAROM_PYTHON"] || "python3";

const checked = new Map<string, boolean>();
const printed = new Set<string>();

/** Whether that Python can import all of these packages. */
export function pythonHas(packages: string): boolean {
  const known = checked.get(packages);
  if (known !== undefined) return known;
  let works = true;
  try {
    execFileSync(pythonProgram, ["-c", `import ${packages}`], { stdio: "ignore" });
  } catch {
    works = false;
  }
  checked.set(packages, works);
  return works;
}

/** Skips the test, and says why (once a file), where Python lacks a package. */
export function needPython(context: TestContext, packages = "gymnasium"): void {
  if (pythonHas(packages)) return;
  const reason = `${pythonProgram} has no ${packages} (CAROM_PYTHON names another Python)`;
  if (!printed.has(reason)) console.log(`skipped: ${reason}`);
  printed.add(reason);
  context.skip(reason);
}

/** The answer of test/python/reference.py. */
export function reference<T>(question: unknown): T {
  const text = execFileSync(pythonProgram, [`${pythonFolder}/reference.py`], {
    input: JSON.stringify(question),
    env: { ...process.env, PYTHONPATH: pythonFolder },
    maxBuffer: 1 << 28,
    stdio: ["pipe", "pipe", "ignore"],
  });
  return JSON.parse(text.toString()) as T;
}

/** Comes back once `isDone`, or fails. */
export async function until(isDone: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 6000; tries++) {
    if (isDone()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`it did not happen in ten seconds: ${what}`);
}
