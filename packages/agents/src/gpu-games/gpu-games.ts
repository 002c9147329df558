/**
 * Games that live and step on a GPU, one thread per game: what LocalVectorEnv does, bit for bit, with everything in
 * tensors. Nothing comes back to the processor unless it is asked for, and every step can be a part of a recording.
 *
 * Not here: what stands around the games (wrappers.ts), saved states (saved.ts), translating and compiling
 * (kernels.ts).
 */
import type { CompiledGame } from "@carom/compiler";
import {
  actionBytes,
  type GameDefinition,
  type GameSpec,
  type Key,
  type PixelOptions,
  pixelFormat,
  pixelObserver,
  type SavedStatistics,
  type VectorEnvState,
} from "@carom/envs";
import type { Device, KernelArgument, Kernels, Tensor } from "@carom/tensor";
import { AgentError } from "../errors.js";
import type { GpuEnv } from "./env.js";
import { type GameKernelsOptions, loadGameKernels, THREADS } from "./kernels.js";
import { GameLog } from "./log.js";
import { batchMembers, matchMembers } from "./members.js";
import { restoreGames, saveGames } from "./saved.js";
import { type EpisodeTotals, SUMMARY_THREADS, totalsOf } from "./statistics.js";
import {
  createGameTensors,
  type GameRows,
  type GameTensors,
  ROWS,
  type StepRows,
} from "./tensors.js";

/** How to make games on a GPU. */
export interface GpuGamesOptions extends GameKernelsOptions {
  /** The game to play. */
  readonly game: GameDefinition;
  /** Number of games. */
  readonly count: number;
  /** Root of their seeds. */
  readonly key: Key;
  /** Number of the first game in the key tree (default 0), where these are a part of a larger set. */
  readonly firstEnv?: number;
  /** Decisions after which an episode is cut (default: the game's). */
  readonly maxSteps?: number;
  /** A GPU. */
  readonly device: Device;
  /**
   * How observations lie: `[n, O]` (env-major, the default), or `[O, n]` (feature-major), which games write several
   * times faster.
   */
  readonly layout?: "env-major" | "feature-major";
  /** Size and colours of pictures; given where those of last states are wanted too (`finalPixels`). */
  readonly pixels?: PixelOptions;
  /** Whether observations are pictures, uint8 `[n, height * width * channels]`, instead of numbers (default "state"). */
  readonly shows?: "state" | "pixels";
  /** Whether somebody plays the other side of a game of two at random, as the wrapper `opponent` does (default false). */
  readonly opponent?: boolean;
  /** Whether the lives of a game that has some are wanted, as the wrapper `episodic-life` does (default false). */
  readonly lives?: boolean;
  /** Decisions after which the time limits of wrappers cut an episode (default: never before `maxSteps`). */
  readonly cutAfter?: number;
  /**
   * Whether the decisions of the running episodes are kept on the device, `maxSteps * n` of them in as many bytes (a
   * box: 4 per number). Without them a saved state goes on on a GPU only. Default: as many as fit into 1 GiB, so that
   * longer episodes are not known.
   */
  readonly log?: boolean;
}

/** A fault of one game. */
export interface GameFault {
  /** Which of the games, counted from `firstEnv`. */
  readonly env: number;
  /** What happened, in words. */
  readonly text: string;
}

/** `count` games of one kind on a GPU. */
export class GpuGames implements GpuEnv {
  /** No wrapper. */
  readonly label = "";
  /** No wrapper inside. */
  readonly depth = 0;
  /** A step is a decision. */
  readonly framesPerStep = 1;
  /** The games themselves. */
  readonly core: GpuGames = this;
  /** What each of the games is, with what it shows here. */
  readonly spec: GameSpec;
  /** The game that is played. */
  readonly game: GameDefinition;
  /** Where they live. */
  readonly device: Device;
  /** Number of games, n. */
  readonly count: number;
  /** Decisions after which an episode is cut. */
  readonly maxSteps: number;
  /** Decisions after which an episode is cut here: `maxSteps`, or the time limit of a wrapper. */
  readonly cutAfter: number;
  /** Root of the games' seeds. */
  readonly key: Key;
  /** Number of the first game in the key tree. */
  readonly firstEnv: number;
  /** Size and colours of pictures, where they were given. */
  readonly pictures: PixelOptions | undefined;
  /** What observations are. */
  readonly shows: "state" | "pixels";
  /** How observations lie. */
  readonly layout: "env-major" | "feature-major";
  /** The translation. */
  readonly compiled: CompiledGame;
  /** Whether the kernels were compiled here, or had been before. */
  readonly origin: "compiled" | "cache";
  /** Rows, ends and the games' state; what they hold is documented there. */
  readonly tensors: GameTensors;
  private decisions: GameLog;
  private readonly wantsLog: boolean | undefined;
  private readonly kernels: Kernels;
  private readonly pictureShape: readonly number[];
  private isStarted = false;
  private isDisposed = false;

  /**
   * @throws AgentError UNSUPPORTED_GAME where the game does not translate, OUT_OF_RANGE; TensorError where the device
   *   is no GPU or has no NVRTC; EnvError UNKNOWN_VARIANT
   */
  constructor(options: GpuGamesOptions) {
    const { game, device, count, key, firstEnv = 0, layout = "env-major" } = options;
    assertPositive("count", count);
    const { compiled, kernels, origin } = loadGameKernels(device, game, options);
    const maxSteps = options.maxSteps ?? compiled.spec.maxSteps;
    assertPositive("maxSteps", maxSteps);
    const { cutAfter = maxSteps, shows = "state", opponent = false } = options;
    if (opponent) assertForTwo(compiled);
    const isPixels = shows === "pixels";
    const pictures = options.pixels ?? (isPixels ? {} : undefined);
    this.game = game;
    this.spec = isPixels ? withPictures(compiled.spec, pictures) : compiled.spec;
    this.pictures = pictures;
    this.shows = shows;
    this.cutAfter = Math.min(cutAfter, maxSteps);
    this.device = device;
    this.count = count;
    this.maxSteps = maxSteps;
    this.key = key;
    this.firstEnv = firstEnv;
    this.layout = layout;
    this.compiled = compiled;
    this.kernels = kernels;
    this.origin = origin;
    const { width, height, channels } = pixelFormat(pictures ?? {});
    this.pictureShape = [count, height, width, channels];
    this.tensors = createGameTensors({
      ...{ device, spec: this.spec, count, key, firstEnv },
      bytes: compiled.layout.bytes,
      isFeatureMajor: layout === "feature-major" && !isPixels,
      hasLegal: game.create(compiled.spec.variant).legal !== undefined,
      hasPictures: pictures !== undefined,
      hasOpponent: opponent,
      hasLives: options.lives ?? false,
    });
    this.wantsLog = options.log;
    this.decisions = this.createLog(0);
  }

  /** The games' own rows. */
  get rows(): GameRows {
    return this.tensors;
  }

  /** What the policy sees next, `[n, O]` or `[O, n]`, unless a step was told to write elsewhere. */
  get observations(): Tensor {
    return this.tensors.observations;
  }

  /** What the next step plays. */
  get actions(): Tensor {
    return this.tensors.actions;
  }

  /**
   * What the games have decided.
   *
   * @internal
   */
  get log(): GameLog {
    return this.decisions;
  }

  /**
   * Makes the log long enough for a look every `steps` decisions, and lets it keep the ends of the first games'
   * episodes. To be called before `reset` and outside of recordings.
   *
   * @internal
   */
  follow(steps: number, ends: { readonly games: number; readonly most: number }): void {
    this.decisions.dispose();
    this.decisions = this.createLog(steps, ends);
  }

  /**
   * Starts episode 0 of every game; forgets everything played before. Can be recorded.
   *
   * @param rows where to write instead of the tensors of the games: dense views of the same shape
   */
  reset(rows: StepRows = {}): void {
    this.decisions.unknown = undefined;
    this.run("carom_reset", rows);
    if (this.tensors.sides) this.run("carom_match_reset", rows);
    this.isStarted = true;
  }

  /**
   * Plays `actions` in every game; an ended game is reset within the step, as in VectorEnv. Can be recorded.
   *
   * @param rows where to read actions and write the results instead of the tensors of the games, as in rows of a
   *   rollout: dense views of the same shape
   * @throws AgentError FAILED before `reset`
   */
  step(rows: StepRows = {}): void {
    if (!this.isStarted) throw new AgentError("FAILED", "GpuGames.step: call reset() first");
    this.run(this.tensors.sides ? "carom_match_step" : "carom_step", rows);
  }

  /** Writes observations and masks once more, where they are wanted. Can be recorded. */
  observe(rows: StepRows = {}): void {
    this.run("carom_observe", rows);
  }

  /** Paints every game: uint8 `[n, height, width, channels]`. Can be recorded. */
  pixels(out: Tensor): void {
    this.paint(this.tensors.state, out, { integer: 0 }, { integer: 0 });
  }

  /**
   * Paints the last state of every game whose episode has just ended, and leaves the other pictures. Can be recorded.
   *
   * @param ends where `step` wrote them instead of the tensors of the games
   * @throws AgentError FAILED for games that were made without `pixels`
   */
  finalPixels(out: Tensor, ends: Partial<Pick<GameRows, "terminated" | "truncated">> = {}): void {
    const { finalState } = this.tensors;
    if (finalState === undefined) {
      throw new AgentError("FAILED", "GpuGames.finalPixels: make the games with `pixels`");
    }
    const { terminated, truncated } = { ...this.tensors, ...ends };
    this.paint(finalState, out, { reads: terminated }, { reads: truncated });
  }

  /**
   * Adds up what ended since the last time, into `tensors.summary`. Can be recorded, so that an iteration ends with
   * it; `statistics` reads it.
   */
  summarise(): void {
    const { numbers, counts, summary } = this.tensors;
    this.kernels.launch("carom_summarise", { blocks: 1, threads: SUMMARY_THREADS }, [
      { writes: numbers },
      { integer: this.count },
      { reads: counts },
      { writes: summary },
    ]);
  }

  /**
   * Episodes that ended since they were last added up.
   *
   * @param isSummed whether `summarise` has run already, as in a recording
   */
  statistics(isSummed = false): EpisodeTotals {
    if (!isSummed) this.summarise();
    return totalsOf(this.tensors.summary.toTypedArray());
  }

  /** The first fault of every game that has one, which are then forgotten. */
  takeFaults(): GameFault[] {
    const { faults } = this.tensors;
    const found: GameFault[] = [];
    for (const [i, fault] of faults.toTypedArray().entries()) {
      if (fault === 0) continue;
      found.push({ env: this.firstEnv + i, text: this.compiled.faultText(fault) });
    }
    if (found.length > 0) faults.fill(0);
    return found;
  }

  /** Everything needed to go on bit for bit, here or in a LocalVectorEnv; `actions` and ends as the games' tensors have them. */
  save(): VectorEnvState {
    return saveGames(this);
  }

  /** Bare games have none. */
  saveStatistics(): SavedStatistics {
    return { facts: { wrappers: [] }, arrays: {} };
  }

  /**
   * Goes on from a saved state of the same game, count and limits, of a GPU or a processor.
   *
   * @throws EnvError STATE_MISMATCH; AgentError FOREIGN_STATE where a field was written from outside of its game
   */
  restore(state: VectorEnvState): void {
    restoreGames(this, state);
    this.observe();
    this.tensors.faults.fill(0);
    this.isStarted = true;
  }

  /** Frees the memory; the kernels stay as long as the device. Idempotent. */
  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    for (const tensor of Object.values(this.tensors)) tensor?.dispose();
    this.decisions.dispose();
  }

  private createLog(
    spare: number,
    ends?: { readonly games: number; readonly most: number },
  ): GameLog {
    const { device, kernels, count, cutAfter, spec, wantsLog: wanted } = this;
    const bytes = actionBytes(spec.actions);
    const length = cutAfter + spare;
    return new GameLog({ device, kernels, count, bytes, length, wanted, ...(ends && { ends }) });
  }

  /** Launches one of the kernels with one thread per game. */
  private run(kernel: string, rows: StepRows): void {
    this.check(rows);
    const grid = { blocks: Math.ceil(this.count / THREADS), threads: THREADS };
    const { skip, isShown = true, time = 0, ...given } = rows;
    const tensors = { ...this.tensors, ...given };
    const match = kernel.startsWith("carom_match") ? matchMembers(tensors) : [];
    const batch = batchMembers(this, tensors, { time, ...(skip && { skip }) });
    this.kernels.launch(kernel, grid, [...batch, ...match]);
    if (this.shows === "state" || !isShown) return;
    this.pixels(tensors.observations);
    if (kernel.endsWith("step")) this.finalPixels(tensors.finalObservations, tensors);
  }

  /** Launches the kernel that paints: one warp per game, four of them per block. */
  private paint(
    state: Tensor,
    out: Tensor,
    terminated: KernelArgument,
    truncated: KernelArgument,
  ): void {
    const { count, pictureShape } = this;
    const stride = pictureShape.slice(1).reduce((product, size) => product * size);
    if (out.dtype !== "uint8" || out.size !== count * stride) {
      throw unfit("pixels", out, `uint8 [${pictureShape.join(", ")}]`);
    }
    this.kernels.launch("carom_pixels", { blocks: Math.ceil(count / 4), threads: 128 }, [
      { writes: state },
      { integer: count },
      { writes: out },
      { integer: stride },
      terminated,
      truncated,
    ]);
  }

  private check(rows: StepRows): void {
    for (const name of ROWS) {
      const [own, given] = [this.tensors[name], rows[name]];
      if (given === undefined || own === undefined) continue;
      if (given.dtype === own.dtype && given.size === own.size) continue;
      throw unfit(name, given, `${own.dtype} [${own.shape.join(", ")}]`);
    }
  }
}

function withPictures(spec: GameSpec, pixels: PixelOptions | undefined): GameSpec {
  return { ...spec, observation: pixelObserver(spec, pixels).spec };
}

function unfit(name: string, { dtype, shape }: Tensor, expected: string): AgentError {
  const got = `${dtype} [${shape.join(", ")}]`;
  return new AgentError(
    "OUT_OF_RANGE",
    `GpuGames: ${name} do not fit (got ${got}, expected ${expected})`,
  );
}

function assertForTwo({ spec }: CompiledGame): void {
  if (spec.players === 2) return;
  throw new AgentError("UNSUPPORTED_GAME", `GpuGames: opponent: ${spec.id} is not a game for two`);
}

function assertPositive(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new AgentError(
    "OUT_OF_RANGE",
    `GpuGames: ${name} must be a positive whole number (got ${value})`,
  );
}
