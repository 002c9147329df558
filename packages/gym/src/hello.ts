/**
 * What the Python process says first: the spaces of its environments, and where each block of the
 * shared memory lies. Here it becomes the spec of a game.
 */
import type { ActionSpace, GameSpec, ObservationSpec } from "@carom/envs";

/**
 * The first reply (python/carom_gym_server.py, `hello`). JSON has no infinity: null is no bound.
 */
export interface Hello {
  /** The action space. */
  readonly actions: HelloActions;
  /** The observation space, flattened. */
  readonly observation: ObservationSpec;
  /** Time limit, in decisions. */
  readonly maxSteps: number;
  /** The rate at which people watch it; null where it says none. */
  readonly decisionsPerSecond: number | null;
  /** Lives at the start; -1 where it has none. */
  readonly lives: number;
  /** Where each block begins, in bytes, and the size of all. */
  readonly layout: Readonly<Record<Block, number>>;
  /** Path of the Python program. */
  readonly python: string;
  /** Version of Gymnasium. */
  readonly gymnasium: string;
}

/** The blocks of the shared memory, and `total`. */
export type Block =
  | "actions"
  | "seeds"
  | "modes"
  | "rewards"
  | "lives"
  | "flags"
  | "observations"
  | "lasts"
  | "total";

type HelloActions =
  | Exclude<ActionSpace, { kind: "box" }>
  | {
      readonly kind: "box";
      readonly size: number;
      readonly low: readonly (number | null)[];
      readonly high: readonly (number | null)[];
    };

const DEFAULT_RATE = 30; // decisions per second, where the environment says none

/** The spec of a Gymnasium environment as a game. */
export function specOfHello(id: string, hello: Hello): GameSpec {
  return {
    id,
    variant: "default",
    version: 1,
    title: id.slice(id.indexOf(":") + 1),
    actions: actionsOf(hello.actions),
    observation: hello.observation,
    board: { width: 1, height: 1 }, // it draws nothing
    decisionsPerSecond: hello.decisionsPerSecond ?? DEFAULT_RATE,
    maxSteps: hello.maxSteps,
  };
}

function actionsOf(actions: HelloActions): ActionSpace {
  if (actions.kind !== "box") return actions;
  return {
    kind: "box",
    size: actions.size,
    low: actions.low.map((value) => value ?? Number.NEGATIVE_INFINITY),
    high: actions.high.map((value) => value ?? Number.POSITIVE_INFINITY),
  };
}
