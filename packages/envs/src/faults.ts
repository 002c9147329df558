/**
 * Games that fail: what is done about it, and when it is too much. One bad episode is cut and
 * reported; a game that fails again and again, whatever its seed, is broken, and training on it
 * would only look like training.
 */
import { EnvError, type EnvErrorCode } from "./errors.js";
import type { Fault } from "./vector-env.js";

/** What happens when a game fails. */
export interface FaultPolicy {
  /**
   * "throw" (default): the step throws an EnvError that says where. "truncate": the episode is cut
   * and a fresh game starts the next one.
   */
  readonly faults?: "throw" | "truncate";
  /** Called once for every fault where they are survived. */
  readonly onFault?: (fault: Fault) => void;
  /** Whether rows of observations are searched for NaN and infinities (default: with "truncate"). */
  readonly checkObservations?: boolean;
}

/** Faulty episodes of one env, without a sound one between them, that are too many. */
export const MOST_FAULTS = 10;

/** Where a fault happened; how is told by the error. */
export type FaultPlace = Omit<Fault, "kind" | "message">;

/** What a game gave where a number was expected: NaN or an infinity. */
export class NotFinite extends Error {
  readonly code: "INVALID_REWARD" | "INVALID_OBSERVATION";

  constructor(code: NotFinite["code"], what: string, got: number) {
    super(`${what} is not finite (got ${got})`);
    this.code = code;
  }
}

/** Applies a policy to the faults of `count` envs. */
export class FaultKeeper {
  private readonly owner: string;
  private readonly policy: FaultPolicy;
  private readonly inARow: Int32Array;
  private thrown: EnvError | undefined;

  constructor(owner: string, count: number, policy: FaultPolicy) {
    this.owner = owner;
    this.policy = policy;
    this.inARow = new Int32Array(count);
  }

  /**
   * Reports a fault of the `index`th env. Throws EnvError where faults are not survived, and
   * FAULTY_GAME after too many in a row.
   */
  add(index: number, place: FaultPlace, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.report(index, { ...place, kind: kindOf(error), message }, error);
  }

  /** As `add`, for a fault that is known in full. */
  report(index: number, fault: Fault, error: unknown): void {
    const code = error instanceof NotFinite ? error.code : "FAULTY_GAME";
    if (this.policy.faults !== "truncate") throw this.judge(code, faultText(fault), error);
    this.inARow[index] += 1;
    this.policy.onFault?.(fault);
    if (this.inARow[index] < MOST_FAULTS) return;
    const text = `${MOST_FAULTS} episodes in a row failed in env ${fault.env}`;
    throw this.judge("FAULTY_GAME", `${text}, the last like this: ${faultText(fault)}`, error);
  }

  /** What `add` threw last. */
  get verdict(): EnvError | undefined {
    return this.thrown;
  }

  /** An episode of the `index`th env ended as it should. */
  passed(index: number): void {
    this.inARow[index] = 0;
  }

  private judge(code: EnvErrorCode, text: string, cause: unknown): EnvError {
    this.thrown = new EnvError(code, `${this.owner}: ${text}`, { cause });
    return this.thrown;
  }
}

/**
 * Calls the caller's functions in the middle of a step: what they throw is no fault of the game, and
 * is passed on when the step is complete.
 */
export class Callbacks {
  private readonly thrown: unknown[] = [];

  /** Calls `callback`, if there is one; throws nothing. */
  call<T>(callback: ((value: T) => void) | undefined, value: T): void {
    try {
      callback?.(value);
    } catch (error) {
      this.thrown.push(error);
    }
  }

  /** Throws the first of what the calls since the last time have thrown. */
  passOn(): void {
    if (this.thrown.length === 0) return;
    const [first] = this.thrown.splice(0);
    throw first;
  }
}

/** A fault in one sentence. */
export function faultText(fault: Fault): string {
  const { env, episode, seed, step, action } = fault;
  const what = step < 0 ? "the start of an episode" : `step ${step}, action ${action.join(", ")}`;
  const place = `env ${env}, episode ${episode}, seed ${seed}, ${what}`;
  switch (fault.kind) {
    case "threw":
      return `the game threw "${fault.message}" (${place})`;
    case "hung":
      return `the game did not come back (${place}; ${fault.message})`;
    case "died":
      return `the game was lost with its thread or process (${place}; ${fault.message})`;
    case "not finite":
      return `${fault.message} in ${place}`;
    default:
      return fault.kind satisfies never;
  }
}

/** Whether all of `size` values from `at` are finite. */
export function isFinite32(values: ArrayLike<number>, at: number, size: number): boolean {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = at + size - (size % 4);
  // x * 0 is 0, or NaN for NaN and the infinities; four sums, so that they do not wait for each other
  for (let i = at; i < whole; i += 4) {
    a += values[i] * 0;
    b += values[i + 1] * 0;
    c += values[i + 2] * 0;
    d += values[i + 3] * 0;
  }
  for (let i = whole; i < at + size; i++) a += values[i] * 0;
  return a + b + c + d === 0;
}

/** What the watcher of a thread says of a game that hangs or took its thread down. */
export class ThreadFault extends Error {
  readonly kind: "hung" | "died";

  constructor(kind: "hung" | "died", message: string) {
    super(message);
    this.kind = kind;
  }
}

function kindOf(error: unknown): Fault["kind"] {
  if (error instanceof ThreadFault) return error.kind;
  return error instanceof NotFinite ? "not finite" : "threw";
}
