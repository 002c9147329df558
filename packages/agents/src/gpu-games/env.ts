/**
 * Games on a GPU with or without something around them, and what every wrapper is made from: it passes on all that it
 * does not change. States are those of the wrappers of @carom/envs.
 */
import {
  EnvError,
  type GameSpec,
  type SavedStatistics,
  type TypedArray,
  type VectorEnvState,
} from "@carom/envs";
import {
  type Device,
  type DType,
  type KernelArgument,
  type Kernels,
  keep,
  type Tensor,
  zeros,
} from "@carom/tensor";
import type { GameFault, GpuGames } from "./gpu-games.js";
import { tensorArray } from "./saved.js";
import type { EpisodeTotals } from "./statistics.js";
import type { GameRows, StepRows } from "./tensors.js";

/** Games that step on a GPU: what VectorEnv is on the processor. */
export interface GpuEnv {
  /** Name and settings of the wrapper, e.g. "frame-stack 4"; empty for the games themselves. */
  readonly label: string;
  /** How many wrappers there are from here inwards. */
  readonly depth: number;
  /** Decisions of the game in one step. */
  readonly framesPerStep: number;
  /** The games inside. */
  readonly core: GpuGames;
  /** What each of the games is, as seen through the wrappers. */
  readonly spec: GameSpec;
  /** Number of games. */
  readonly count: number;
  /** Time limit of an episode, in steps of this env. */
  readonly maxSteps: number;
  /** Where they live. */
  readonly device: Device;
  /** What a step reads and writes unless it is told otherwise. */
  readonly rows: GameRows;
  /** Starts episode 0 of every game. Can be recorded. */
  reset(rows?: StepRows): void;
  /** Plays `actions` in every game. Can be recorded. */
  step(rows?: StepRows): void;
  /** Adds up the episodes that have ended since the last time. Can be recorded. */
  summarise(): void;
  /** Episodes that ended since they were last added up. */
  statistics(isSummed?: boolean): EpisodeTotals;
  /** The first fault of every game that has one, which are then forgotten. */
  takeFaults(): GameFault[];
  /** Everything needed to go on, here or on the processor. */
  save(): VectorEnvState;
  /** Running statistics over episodes alone, for an evaluation. */
  saveStatistics(): SavedStatistics;
  /** Goes on from a saved state. @throws EnvError STATE_MISMATCH */
  restore(state: VectorEnvState): void;
  /** Frees the memory. Idempotent. */
  dispose(): void;
}

/** One array of a wrapper's saved state. */
export interface SavedPart {
  read(): TypedArray;
  write(values: TypedArray): void;
}

/** What a wrapper is made with. */
export interface LayerOptions {
  readonly inner: GpuEnv;
  readonly kernels: Kernels;
  /** The label of the same wrapper on the processor. */
  readonly label: string;
  /** The spec that it shows there. */
  readonly spec: GameSpec;
  readonly maxSteps: number;
}

const THREADS = 256;

/** Something around games on a GPU. */
export abstract class GpuLayer implements GpuEnv {
  readonly label: string;
  readonly depth: number;
  readonly core: GpuGames;
  readonly spec: GameSpec;
  readonly count: number;
  readonly maxSteps: number;
  readonly device: Device;
  readonly inner: GpuEnv;
  private readonly kernels: Kernels;
  private readonly owned: Tensor[] = [];

  constructor({ inner, kernels, label, spec, maxSteps }: LayerOptions) {
    this.inner = inner;
    this.kernels = kernels;
    this.label = label;
    this.spec = spec;
    this.maxSteps = maxSteps;
    this.depth = inner.depth + 1;
    this.core = inner.core;
    this.count = inner.count;
    this.device = inner.device;
  }

  get framesPerStep(): number {
    return this.inner.framesPerStep;
  }

  get rows(): GameRows {
    return { ...this.inner.rows, ...this.replaced() };
  }

  reset(rows: StepRows = {}): void {
    this.inner.reset(this.passed(rows));
    const { rewards } = this.replaced();
    if (rewards) (rows.rewards ?? rewards).fill(0);
  }

  abstract step(rows?: StepRows): void;

  summarise(): void {
    this.core.summarise();
  }

  statistics(isSummed = false): EpisodeTotals {
    return this.core.statistics(isSummed);
  }

  takeFaults(): GameFault[] {
    return this.core.takeFaults();
  }

  save(): VectorEnvState {
    const { facts, arrays } = this.inner.save();
    const own = Object.entries(this.saved()).map(([name, part]) => [
      this.nameOf(name),
      part.read(),
    ]);
    const wrappers = [...(facts.wrappers ?? []), this.label];
    return { facts: { ...facts, wrappers }, arrays: { ...arrays, ...Object.fromEntries(own) } };
  }

  saveStatistics(): SavedStatistics {
    const { facts, arrays } = this.inner.saveStatistics();
    const own = Object.entries(this.averaged()).map(([name, part]) => [
      this.nameOf(name),
      part.read(),
    ]);
    return {
      facts: { wrappers: [...facts.wrappers, this.label] },
      arrays: { ...arrays, ...Object.fromEntries(own) },
    };
  }

  restore(state: VectorEnvState): void {
    const wrappers = state.facts.wrappers ?? [];
    const label = wrappers[wrappers.length - 1] ?? "none";
    if (label !== this.label)
      throw mismatch(`another wrapper (got ${label}, expected ${this.label})`);
    const parts = Object.entries(this.saved());
    for (const [name, part] of parts) {
      const [got, own] = [state.arrays[this.nameOf(name)], part.read()];
      if (got?.constructor === own.constructor && got.length === own.length) continue;
      throw mismatch(`another array "${this.nameOf(name)}"`);
    }
    this.inner.restore({ ...state, facts: { ...state.facts, wrappers: wrappers.slice(0, -1) } });
    for (const [name, part] of parts) part.write(state.arrays[this.nameOf(name)]);
  }

  dispose(): void {
    this.inner.dispose();
    for (const tensor of this.owned) tensor.dispose();
  }

  /** The rows that are this wrapper's own. */
  protected replaced(): Partial<GameRows> {
    return {};
  }

  /** The arrays of its state, by their names on the processor. */
  protected saved(): Readonly<Record<string, SavedPart>> {
    return {};
  }

  /** Those of them that hold statistics over episodes. */
  protected averaged(): Readonly<Record<string, SavedPart>> {
    return {};
  }

  /** What the env inside is told of the rows: all but those that are replaced. */
  protected passed(rows: StepRows): StepRows {
    const own = Object.keys(this.replaced());
    return Object.fromEntries(Object.entries(rows).filter(([name]) => !own.includes(name)));
  }

  /** What the env inside reads and writes when told so. */
  protected inside(rows: StepRows): GameRows {
    return { ...this.inner.rows, ...this.passed(rows) };
  }

  /** Zeros that live as long as this. */
  protected make(dtype: DType, ...shape: number[]): Tensor {
    const made = keep(zeros(shape, { dtype, device: this.device }));
    this.owned.push(made);
    return made;
  }

  /** Launches a kernel with one thread for each of `size` things. */
  protected launch(kernel: string, size: number, members: readonly KernelArgument[]): void {
    const grid = { blocks: Math.ceil(size / THREADS), threads: THREADS };
    this.kernels.launch(kernel, grid, members);
  }

  private nameOf(name: string): string {
    return `wrapper${this.depth}.${name}`;
  }
}

/** A tensor as an array of the same type. */
export function plainPart(tensor: Tensor): SavedPart {
  return {
    read: () => tensor.toTypedArray(),
    write: (values) => tensor.write(tensorArray(values)),
  };
}

/** An int32 tensor as an array of unsigned words. */
export function wordsPart(tensor: Tensor): SavedPart {
  return {
    read: () => Uint32Array.from(tensor.toTypedArray()),
    write: (values) => tensor.write(Int32Array.from(values)),
  };
}

function mismatch(what: string): EnvError {
  return new EnvError("STATE_MISMATCH", `GpuEnv.restore: the state has ${what}`);
}
