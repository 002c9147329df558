/** How runs differ in what they were made from: a table of the settings that are not the same. */
import type { JsonValue, RunFacts } from "@carom/runs/formats";

/** A setting that differs. */
export interface Difference {
  readonly name: string;
  /** Values as text, in the order of the runs; a dash where a run has no such setting. */
  readonly values: readonly string[];
}

/** Settings in which the runs are not all the same. */
export function differences(runs: readonly RunFacts[]): readonly Difference[] {
  const settings = runs.map(settingsOf);
  const names = new Set(settings.flatMap((one) => [...one.keys()]));
  return [...names].flatMap((name) => {
    const values = settings.map((one) => one.get(name) ?? "\u2013");
    return values.every((value) => value === values[0]) ? [] : [{ name, values }];
  });
}

function settingsOf(facts: RunFacts): Map<string, string> {
  const { game, variant, gameVersion, algo, seed, device, precision, threads, totalSteps } = facts;
  const { gameFile } = facts;
  const rows: (readonly [string, string])[] = [
    ["game", `${game}, ${variant}, version ${gameVersion}`],
    ["algorithm", algo],
    ["seed", String(seed)],
    ["device", precision === undefined ? device : `${device}, ${precision}`],
    ["threads", String(threads)],
    ["steps asked for", String(totalSteps)],
    ...(gameFile ? [["the game\u2019s code", gameFile.sha256.slice(0, 12)] as const] : []),
  ];
  return new Map([...rows, ...flat(facts.config, ""), ...flat(facts.versions, "version")]);
}

/** A configuration as rows: nested names joined by dots. */
export function flat(value: JsonValue, name: string): readonly (readonly [string, string])[] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, item]) =>
      flat(item, name ? `${name}.${key}` : key),
    );
  }
  return [[name, Array.isArray(value) ? value.map(String).join(", ") : String(value)]];
}
