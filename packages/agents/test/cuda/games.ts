/** What the suites of games on a GPU share: the games to try, random play, and comparing bit by bit. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  findGame,
  type GameDefinition,
  games,
  nextBelow,
  sampleAction,
  type VectorEnv,
  type VectorEnvState,
} from "@carom/envs";
import type { Tensor } from "@carom/tensor";

/** One variant of a game. */
export interface Variant {
  readonly name: string;
  readonly game: GameDefinition;
  readonly variant: string;
}

const PROBES = ["memory", "mask", "multi-discrete", "multi-binary", "continuous", "continuous-2d"];
/** Whole numbers and fractions, masks, a box, several choices, two players, much state. */
const FEW = ["breakout puffer", "go 9", "pendulum classic", "mini-seaquest classic"].concat(
  "probe:multi-discrete classic",
  "2048 classic",
);

/** The variants to try: few, or all with CAROM_GPU_GAMES=all. */
export function triedVariants(): Variant[] {
  const all = [...games, ...PROBES.map((name) => findGame(`probe:${name}`))].flatMap((game) =>
    game.variants.map((variant) => ({ name: `${game.id} ${variant}`, game, variant })),
  );
  if (process.env.CAROM_GPU_GAMES === "all") return all;
  const chosen = all.filter(({ name }) => FEW.includes(name));
  const left = all.length - chosen.length;
  console.log(
    `${left} of ${all.length} variants are left out, as an emulated GPU compiles for seconds each: CAROM_GPU_GAMES=all tries them`,
  );
  return chosen;
}

/** A positive whole number from the environment. */
export function setting(name: string, usual: number): number {
  return Number(process.env[name] ?? usual);
}

/** A folder of this process, gone when it ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "carom-gpu-games-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Allowed actions at random, for every game of an env. */
export function drawActions(env: VectorEnv, random: Uint32Array): void {
  const { actions, masks, count, spec } = env;
  const width = actions.length / count;
  for (let i = 0; i < count; i++) {
    if (masks) {
      const row = masks.subarray((i * masks.length) / count, ((i + 1) * masks.length) / count);
      const allowed = Array.from(row.keys()).filter((action) => row[action] === 1);
      actions[i] = allowed[nextBelow(random, allowed.length)];
      continue;
    }
    const action = sampleAction(spec.actions, random);
    if (typeof action === "number") actions[i] = action;
    else actions.set(action, i * width);
  }
}

/** The bytes of an array or a tensor, to be compared. */
export function bits(values: ArrayBufferView | Tensor): Buffer {
  const array = ArrayBuffer.isView(values) ? values : values.toTypedArray();
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

/** Throws where the bits differ, with the first place. */
export function expectBits(
  what: string,
  got: ArrayBufferView | Tensor | undefined,
  expected: ArrayBufferView | undefined,
): void {
  if (got === undefined && expected === undefined) return;
  if (got === undefined || expected === undefined) throw new Error(`${what}: one is not there`);
  const [a, b] = [bits(got), bits(expected)];
  if (a.equals(b)) return;
  const at = a.findIndex((byte, i) => byte !== b[i]);
  throw new Error(`${what} differ (${a.length} and ${b.length} bytes, the first at ${at})`);
}

/** Throws where two saved envs differ. */
export function expectSame(got: VectorEnvState, expected: VectorEnvState): void {
  const facts = [got, expected].map((state) => JSON.stringify(state.facts));
  if (facts[0] !== facts[1]) throw new Error(`facts differ: ${facts.join(" and ")}`);
  const names = [got, expected].map(({ arrays }) => Object.keys(arrays).sort().join(", "));
  if (names[0] !== names[1]) throw new Error(`arrays differ: ${names.join(" and ")}`);
  for (const [name, values] of Object.entries(expected.arrays)) {
    if (values.constructor !== got.arrays[name].constructor) throw new Error(`type of ${name}`);
    expectBits(name, got.arrays[name], values);
  }
}
