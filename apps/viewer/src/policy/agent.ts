/**
 * One policy of the run, ready to be asked: its network on the reference device, and the games as it
 * sees them. Observations are those of an evaluation (pixels, stacks, normalised by the statistics of
 * the policy's own moment).
 */
import {
  type Config,
  createEvaluationEnv,
  createPolicy,
  decodeAgent,
  type EvaluationEnvOptions,
  type Policy,
  type SavedState,
} from "@carom/agents/policy";
import {
  createVectorEnv,
  type GameDefinition,
  key,
  type VectorEnv,
  type WrapperSpec,
} from "@carom/envs";
import type { Device } from "@carom/tensor";

/** The run that a policy is of. */
export interface Subject {
  readonly game: GameDefinition;
  readonly variant: string;
  readonly algo: string;
  readonly config: Config;
}

/** Milliseconds that a batch may take, so that a worker can be interrupted. */
const BATCH_MS = 25;
const MOST_ROWS = 256;

/** Wrappers that change what is played, not what is seen: a recorded episode has been through them. */
const ofPlay: ReadonlySet<WrapperSpec["wrapper"]> = new Set([
  "opponent",
  "action-mask",
  "sticky-actions",
  "no-op-start",
]);

/** What makes decisions in the policy's place. */
const others: ReadonlySet<WrapperSpec["wrapper"]> = new Set(["opponent"]);

export class RunPolicy {
  readonly subject: Subject;
  private readonly state: SavedState;
  private readonly device: Device;
  private readonly policies: Map<number, Policy> = new Map();
  private rows: number | undefined;

  /** @param bytes a policy of the run folder; throws AgentError, NnError where they are none */
  constructor(subject: Subject, bytes: Uint8Array, device: Device) {
    this.subject = subject;
    this.state = decodeAgent(bytes);
    this.device = device;
  }

  /** Whether it remembers: then it must be led through an episode from its start. */
  get hasMemory(): boolean {
    return this.withCount(1).hasMemory;
  }

  /** Observations per call that keep a call short: more for small networks. */
  get batch(): number {
    this.rows ??= this.measure();
    return this.rows;
  }

  /** One game, as an evaluation has it; `seed` decides what chance there is around the game. */
  createEnv(game: GameDefinition, seed: number): VectorEnv {
    return createEvaluationEnv({ ...this.seen(game), key: key(seed), count: 1 });
  }

  /** One game as the policy sees it, without what stands between its choice and the game. */
  createView(game: GameDefinition): VectorEnv {
    return this.createWithout(game, 0, ofPlay);
  }

  /** As `createEnv`, but of a game for two the policy plays both sides. */
  createForBoth(game: GameDefinition, seed: number): VectorEnv {
    return this.createWithout(game, seed, others);
  }

  private createWithout(
    game: GameDefinition,
    seed: number,
    left: ReadonlySet<WrapperSpec["wrapper"]>,
  ): VectorEnv {
    const createEnv: EvaluationEnvOptions["createEnv"] = ({ game: played, wrappers, ...rest }) => {
      const kept = wrappers.filter(({ wrapper }) => !left.has(wrapper));
      return createVectorEnv(played, { ...rest, wrappers: kept });
    };
    return createEvaluationEnv({ ...this.seen(game), key: key(seed), count: 1, createEnv });
  }

  /** The policy for so many games at once; made when first asked for, then shared by all questions. */
  withCount(count: number): Policy {
    const made = this.policies.get(count) ?? this.make(count, 0);
    this.policies.set(count, made);
    return made;
  }

  /**
   * The policy for one game that is played or led through for one question, to be handed back with
   * `release`. Questions are worked at in turns: so each has its own memory, and its own chance
   * (`seed`; 0 where nothing is drawn).
   */
  borrow(seed = 0): Policy {
    return this.hasMemory || seed !== 0 ? this.make(1, seed) : this.withCount(1);
  }

  /** Ends what `borrow` gave, unless others have it too. */
  release(policy: Policy): void {
    if (policy !== this.policies.get(1)) policy.dispose();
  }

  dispose(): void {
    for (const policy of this.policies.values()) policy.dispose();
    this.policies.clear();
  }

  private make(count: number, seed: number): Policy {
    const { device, state } = this;
    const { variant, algo, config, game } = this.subject;
    return createPolicy({ game, variant, algo, config, device, state, count, seed });
  }

  private seen(
    game: GameDefinition,
  ): Pick<EvaluationEnvOptions, "game" | "variant" | "config" | "state"> {
    const { variant, config } = this.subject;
    return { game, variant, config, state: this.state };
  }

  private measure(): number {
    const policy = this.withCount(1);
    const env = this.createView(this.subject.game);
    env.reset();
    policy.assess(env.observations); // compiles it
    const began = performance.now();
    policy.assess(env.observations);
    const each = Math.max(0.05, performance.now() - began);
    env.dispose();
    return Math.max(1, Math.min(MOST_ROWS, 2 ** Math.floor(Math.log2(BATCH_MS / each))));
  }
}
