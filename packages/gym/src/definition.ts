/**
 * Gymnasium's environments as the registry's kind of definition: `gym:<id>`. A short-lived Python
 * process tells the spaces; playing is for GymVectorEnv.
 */
import {
  chooseVariant,
  EnvError,
  type Game,
  type GameDefinition,
  type GameSpec,
} from "@carom/envs";
import { type AtariOptions, atariOptions, isAtari } from "./atari.js";
import { GymError } from "./errors.js";
import { specOfHello } from "./hello.js";
import { Link, type LinkOptions } from "./link.js";

/** What to make, and by which Python. */
export interface GymOptions {
  /** The Python program (default: CAROM_PYTHON, else python3, else python). */
  readonly python?: string | undefined;
  /**
   * Preprocessing of Atari games (default: the usual one for ids of the kind "ALE/Pong-v5", none
   * for all others); false for none.
   */
  readonly atari?: AtariOptions | false | undefined;
  /** Further arguments of `gymnasium.make`, e.g. `{ is_slippery: false }`. */
  readonly make?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Decisions after which an episode is cut (default: the environment's own limit, else 10,000).
   */
  readonly maxSteps?: number | undefined;
  /** Seconds after which a call that does not come back is ended (default 60; 0: never). */
  readonly timeoutSeconds?: number | undefined;
}

const PREFIX = "gym:";

/** Whether a name means an environment of Gymnasium: "gym:CartPole-v1". */
export function isGymId(name: string): boolean {
  return name.startsWith(PREFIX);
}

/**
 * The environment `gym:<id>` as a definition whose games run in Python: `remote` tells the spec,
 * `create` throws EnvError UNSUPPORTED. Starts Python once. Throws GymError.
 */
export function findGymGame(name: string, options: GymOptions = {}): GameDefinition {
  const link = Link.start(linkOptions(name, 1, options));
  link.close();
  const spec = specOfHello(name, link.hello);
  return gymDefinition(spec);
}

/** The definition of an environment whose spec is known. */
export function gymDefinition(spec: GameSpec): GameDefinition {
  const { id, title, variant } = spec;
  const facts = { id, title, variants: [variant], defaultVariant: variant };
  return {
    ...facts,
    create(wanted?: string): Game {
      chooseVariant(facts, wanted);
      const text = "its games run in Python (expected a GymVectorEnv to play them)";
      throw new EnvError("UNSUPPORTED", `${id}: ${text}`);
    },
    remote(wanted: string): GameSpec {
      chooseVariant(facts, wanted);
      return spec;
    },
  };
}

/** What the Python process needs to know. Throws GymError INVALID_ARGUMENT. */
export function linkOptions(name: string, count: number, options: GymOptions): LinkOptions {
  const id = isGymId(name) ? name.slice(PREFIX.length) : "";
  if (id === "") {
    const expected = `"${PREFIX}" and an id, such as "gym:CartPole-v1"`;
    throw new GymError("INVALID_ARGUMENT", `gym: wrong name (got "${name}", expected ${expected})`);
  }
  const atari = options.atari ?? (isAtari(id) ? {} : false);
  const timeoutSeconds = options.timeoutSeconds ?? 60;
  if (!(timeoutSeconds >= 0 && timeoutSeconds <= 1e6)) {
    const text = `timeoutSeconds is wrong (got ${timeoutSeconds}, expected 0 to 1,000,000)`;
    throw new GymError("INVALID_ARGUMENT", `${name}: ${text}`);
  }
  return {
    owner: name,
    id,
    count: assertPositive(name, "count", count),
    make: options.make ?? {},
    atari: atari === false ? null : atariOptions(atari),
    maxSteps:
      options.maxSteps === undefined ? null : assertPositive(name, "maxSteps", options.maxSteps),
    timeoutSeconds,
    python: options.python,
  };
}

function assertPositive(owner: string, name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  const text = `${name} must be a positive integer (got ${value})`;
  throw new GymError("INVALID_ARGUMENT", `${owner}: ${text}`);
}
