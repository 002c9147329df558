/**
 * Which Python runs the environments: the option, else CAROM_PYTHON, else python3, else python; and
 * where this package's own Python files are.
 */
import { fileURLToPath } from "node:url";
import { GymError } from "./errors.js";

/** The folder of carom_env.py, for Python's search path. */
export const pythonFolder: string = fileURLToPath(new URL("../python", import.meta.url));

/** Programs to try in their order, and where their names are from. */
export interface PythonChoice {
  /** Paths, or names on the search path. */
  readonly programs: readonly string[];
  /** Who named them. */
  readonly from: "option" | "CAROM_PYTHON" | "default";
}

/** The programs to try. */
export function choosePython(option: string | undefined): PythonChoice {
  if (option !== undefined && option !== "") return { programs: [option], from: "option" };
  const named = process.env["CAROM_PYTHON"];
  if (named !== undefined && named !== "") return { programs: [named], from: "CAROM_PYTHON" };
  return { programs: ["python3", "python"], from: "default" };
}

/** Says that none of them runs. */
export function pythonMissing(owner: string, choice: PythonChoice): GymError {
  const [first] = choice.programs;
  const text = {
    option: `that Python does not run (got ${first}, expected a Python program)`,
    CAROM_PYTHON: `CAROM_PYTHON does not run (got ${first}, expected a Python program)`,
    default: "there is no Python here (tried python3 and python; CAROM_PYTHON names another)",
  }[choice.from];
  return new GymError("PYTHON_MISSING", `${owner}: ${text}`);
}
