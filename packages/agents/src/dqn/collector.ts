/**
 * What DQN is built on: games that are played with its values, and the memory of what came of it. They lie on the
 * processor (host-collector.ts), or on the GPU together with the network (gpu-collector.ts).
 *
 * Not here: the network, targets, losses, when what happens (dqn.ts).
 */
import type { GameSpec, Key, SavedStatistics, VectorEnvState } from "@carom/envs";
import type { RandomWords, Recording, Tensor } from "@carom/tensor";
import type { TrainedGames, TrainerOptions } from "../agent.js";
import type { HostMemory } from "../replay/moved-to-host.js";
import type { ReplayOptions } from "../replay/replay.js";
import type { DeviceReplayState } from "../replay/saved-device-replay.js";
import type { DqnConfig, DqnName } from "./config.js";
import type { ReturnBatch } from "./loss.js";

/** What an update learns from. */
export interface QBatch extends ReturnBatch {
  /** As the env shows them, `[B, ...shape]`. */
  readonly observation: Tensor;
  /** The same n steps on; without meaning where `discount` is 0. */
  readonly nextObservation: Tensor;
  /** bool `[B, A]`: what is allowed there; absent where all actions always are. */
  readonly nextAllowed: Tensor | undefined;
}

/** What happened since the last `finish`. */
export interface CollectorReport {
  /** Episodes that ended, of all games. */
  readonly episodes: number;
  /** Seconds in which games stepped. */
  readonly timeGame: number;
  /** Seconds in which actions were chosen. */
  readonly timePolicy: number;
}

/** Games and memory of a run, wherever they live. `S` is their saved state. */
export interface Collector<S extends object = object> {
  /** The games as a policy sees them. */
  readonly spec: GameSpec;
  readonly env: TrainedGames;
  /** Where the games live when the network is on a GPU, and why, in sentences. */
  readonly notes: readonly string[];
  /** Steps of all games that one `play` takes. */
  readonly stride: number;
  /** How often an iteration plays. */
  readonly plays: number;
  /** Updates that one recording is to hold; as many are due after every play, or a multiple. */
  readonly burst: number;
  /** Transitions that can be sampled. */
  readonly size: number;
  /** Records how actions are chosen by values `[n, A]` of observations `[n, O]`; once, before anything is played. */
  record(values: (observations: Tensor) => Tensor): void;
  /** Starts all games anew, with an empty memory. */
  reset(): void;
  /** Plays `stride` steps, each action at random with probability epsilon, and remembers them. */
  play(epsilon: number): void;
  /** The batch of an update; called once for each while they are recorded. */
  batch(): QBatch;
  /** Takes how wrong the samples of the batch were, `[B]`, for priorities; called while the update is recorded. */
  judge(error: Tensor): void;
  /** Replays recorded updates, each with a batch of its own; beta: how far weights make up for priorities. */
  update(recording: Recording<unknown>, beta: number): void;
  /** Tells the episodes that have ended. @throws AgentError FAILED where a game broke, NOT_FINITE where an error is none */
  finish(): CollectorReport;
  save(): S;
  /** The games' running statistics alone. */
  saveStatistics(): SavedStatistics;
  /** @throws AgentError FOREIGN_STATE */
  restore(state: S): void;
  dispose(): void;
}

/** What the collector on the processor saves. */
export interface HostState extends HostMemory {
  readonly env: VectorEnvState;
  /** Generator of the exploring actions. */
  readonly exploration: Uint32Array;
}

/** What the collector on the GPU saves. */
export interface GpuState {
  readonly env: VectorEnvState;
  readonly replay: DeviceReplayState;
  /** Generator of the exploring actions. */
  readonly exploration: RandomWords;
  /** They are a part of the memory. */
  readonly masks: null;
}

/** Which of the two has saved a state. */
export function isOfGpu(state: HostState | GpuState): state is GpuState {
  return "columns" in state.replay;
}

/** What a collector is made from. */
export interface CollectorOptions {
  readonly algo: DqnName;
  readonly options: TrainerOptions;
  readonly config: DqnConfig;
  /** Key of everything random in the run. */
  readonly root: Key;
}

/** The memory that a configuration asks for. */
export function memoryOptions({
  config,
  options,
  root,
}: CollectorOptions): Omit<ReplayOptions, "env"> {
  const { buffer: capacity, batch, nStep, gamma, frameStack, normalizeObservations } = config;
  const { priorityAlpha: alpha, prioritized } = config;
  return {
    ...{ capacity, device: options.device, batch, nStep, gamma },
    frames: normalizeObservations ? 1 : frameStack, // normalised after they were stacked
    prioritized: prioritized ? { alpha, epsilon: priorityEpsilon } : undefined,
    key: root.child("replay"),
  };
}

/** Added to errors, so that every transition is seen again. */
const priorityEpsilon = 1e-6;
