/**
 * A game as the policy sees it: the spec behind the wrappers of its settings, and rows of observations
 * as the policy takes them. Callers give what the env would show before it is standardised by running
 * statistics (setting `normalizeObservations`); that last step is done here, with the statistics of the
 * state that acts.
 */
import {
  type GameSpec,
  key,
  loadStatistics,
  normalizeObservations,
  type ObservationArray,
  type ObservationSpec,
  type VectorEnv,
  type VectorEnvState,
  VectorWrapper,
} from "@carom/envs";
import type { SavedState } from "../agent.js";
import { AgentError } from "../errors.js";
import { createEvaluationEnv, type EvaluationEnvOptions } from "../games.js";
import { savedPart } from "../saved-state.js";

/** What a view is made from. */
export type ViewOptions = Pick<EvaluationEnvOptions, "game" | "variant" | "config" | "createEnv">;

/** See the head of the file. */
export class View {
  /** What the policy sees. */
  readonly spec: GameSpec;
  /** What callers give. */
  readonly observation: ObservationSpec;
  private readonly env: VectorEnv;
  private readonly normal: { readonly row: GivenRow; readonly env: VectorWrapper } | undefined;

  constructor(options: ViewOptions) {
    this.env = createEvaluationEnv({ ...options, count: 1, key: key(0) });
    this.spec = this.env.spec;
    if (options.config?.normalizeObservations !== true) {
      this.observation = this.spec.observation;
      return;
    }
    if (!(this.env instanceof VectorWrapper)) {
      const problem = "normalizeObservations: createEnv gave an env without wrappers";
      throw new AgentError("UNSUPPORTED_GAME", `${options.game.id}: ${problem}`);
    }
    const row = new GivenRow(this.env.inner);
    this.observation = row.spec.observation;
    this.normal = { row, env: normalizeObservations(row, { frozen: true }) };
  }

  /** Takes over a state's running statistics. */
  load(state: SavedState): void {
    if (this.normal) loadStatistics(this.normal.env, savedPart<VectorEnvState>(state, "env"));
  }

  /**
   * Rows as the policy takes them, `[count, O]`; always a copy.
   *
   * @param values `[count, O]` flattened. @throws AgentError BAD_VALUE, NOT_FINITE
   */
  rows(owner: string, values: ArrayLike<number>): ObservationArray {
    const { normal, observation } = this;
    const given = observationArray(owner, values, observation.dtype);
    if (normal === undefined) return given;
    const { size } = observation;
    const out = new Float32Array(given.length);
    for (let at = 0; at < given.length; at += size) {
      normal.row.observations.set(given.subarray(at, at + size));
      normal.env.restart(0, 0); // shows what the env inside shows: the row
      out.set(normal.env.observations, at);
    }
    return out;
  }

  /** Idempotent. */
  dispose(): void {
    this.env.dispose();
  }
}

/** Shows whatever was written into its row. */
class GivenRow extends VectorWrapper {
  constructor(inner: VectorEnv) {
    super("given row", inner, { observations: inner.observations.slice() });
  }

  override restart(): void {}
}

/** A copy of the values as the type that observations have. */
function observationArray(
  owner: string,
  values: ArrayLike<number>,
  dtype: ObservationSpec["dtype"],
): ObservationArray {
  const isBytes = dtype === "uint8";
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) {
      const text = `${owner}: the observation must be finite (got ${value} as value ${i})`;
      throw new AgentError("NOT_FINITE", text);
    }
    if (!isBytes || (Number.isInteger(value) && value >= 0 && value <= 255)) continue;
    const text = `${owner}: the observation must be bytes (got ${value} as value ${i}, expected 0 to 255)`;
    throw new AgentError("BAD_VALUE", text);
  }
  return isBytes ? Uint8Array.from(values) : Float32Array.from(values);
}
