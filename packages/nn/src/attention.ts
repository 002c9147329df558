/**
 * attention: several attention heads side by side (Vaswani et al. 2017), as torch.nn.MultiheadAttention
 * with `batch_first`.
 *
 *   query [B, L, E]   key [B, S, K]   value [B, S, V]   ->   [B, L, E]
 *   each head h attends with its E/heads columns of the projected query, key and value; the heads'
 *   results, side by side, go through a last projection
 *
 * Packed (the default, for K = V = E): one matrix `in_proj_weight` [3E, E] holds the three
 * projections one below the other, and self-attention is one product instead of three.
 */
import {
  linear,
  type RandomState,
  type Shape,
  scaledDotProductAttention,
  scope,
  type Tensor,
} from "@carom/tensor";
import { NnError } from "./errors.js";
import { type Initializer, zerosInit } from "./initializers.js";
import { xavierUniformInit } from "./initializers-scaled.js";
import { Linear } from "./linear.js";
import { type Layer, Parameter, parametersOf } from "./module.js";

/** Options of {@link MultiHeadAttention}. */
export interface MultiHeadAttentionOptions {
  /** Source of the first values, and the device. */
  random: RandomState;
  /** One matrix for the three projections. Default: true where the widths allow it. */
  packed?: boolean;
  /** Whether the projections have a bias. Default true. */
  bias?: boolean;
  /** Whether position i sees 0..i only. Default false; a call may say otherwise. */
  causal?: boolean;
  /** Width of the keys' input. Default: that of the queries. */
  keyWidth?: number;
  /** Width of the values' input. Default: that of the queries. */
  valueWidth?: number;
  /** First values of the input projections. Default: Xavier uniform, PyTorch's. */
  weightInit?: Initializer;
}

/** What one call of attention is told. */
export interface AttendOptions {
  /** bool: true where a query may attend to a key; float: added to the scores. `[..., L, S]`. */
  mask?: Tensor;
  /** Whether position i sees 0..i only. Default: as the layer was made. */
  causal?: boolean;
}

/** Multi-head attention. */
export class MultiHeadAttention implements Layer {
  /** Width of queries and results, E. */
  readonly width: number;
  /** Number of heads. */
  readonly heads: number;
  /** Packed `[3E, E]`, or three of `[E, E]`, `[E, K]`, `[E, V]`. */
  readonly weights: readonly Parameter[];
  /** `[3E]` */
  readonly bias: Parameter | undefined;
  /** The last projection. */
  readonly output: Linear;
  readonly #causal: boolean;

  constructor(width: number, heads: number, options: MultiHeadAttentionOptions) {
    const { random, bias = true, causal = false, weightInit = xavierUniformInit() } = options;
    const { keyWidth = width, valueWidth = width } = options;
    const packable = keyWidth === width && valueWidth === width;
    const { packed = packable } = options;
    if (!(Number.isInteger(heads) && heads > 0 && width % heads === 0) || (packed && !packable)) {
      throw new NnError(
        "INVALID_ARGUMENT",
        "MultiHeadAttention",
        `sizes do not fit (got width ${width}, ${heads} heads, keys ${keyWidth}, values ` +
          `${valueWidth}, expected a width that heads divide${packed ? ", the same for all" : ""})`,
      );
    }
    this.width = width;
    this.heads = heads;
    this.#causal = causal;
    const shapes = packed ? [[3 * width, width]] : separate(width, keyWidth, valueWidth);
    this.weights = shapes.map((shape) => new Parameter(weightInit(shape, random)));
    this.bias = bias ? new Parameter(zerosInit([3 * width], random)) : undefined;
    this.output = new Linear(width, width, { random, biasInit: bias ? zerosInit : null });
  }

  /** Self-attention: `x [B, L, E]` -> `[B, L, E]`. */
  forward(x: Tensor): Tensor {
    return this.attend(x, x, x);
  }

  /** Attention of `query [B, L, E]` to `key [B, S, K]` with `value [B, S, V]` -> `[B, L, E]`. */
  attend(query: Tensor, key: Tensor, value: Tensor, options: AttendOptions = {}): Tensor {
    const { causal = this.#causal, mask } = options;
    return scope(() => {
      const [q, k, v] = this.#project(query, key, value).map((x) => this.#split(x)); // [B, H, L, D]
      const y = scaledDotProductAttention(q, k, v, { causal, ...(mask && { mask }) });
      const joined = y.permute([0, 2, 1, 3]).reshape([...query.shape.slice(0, 2), this.width]);
      return this.output.forward(joined); // [B, L, E]
    });
  }

  /** PyTorch's names: `in_proj_weight` (or `q_proj_weight`, ...), `in_proj_bias`, `out_proj.*`. */
  parameters(): ReadonlyMap<string, Parameter> {
    const names = ["q_proj_weight", "k_proj_weight", "v_proj_weight"];
    const own = new Map(
      this.weights.length === 1
        ? [["in_proj_weight", this.weights[0]]]
        : this.weights.map((weight, i) => [names[i], weight]),
    );
    if (this.bias !== undefined) own.set("in_proj_bias", this.bias);
    for (const [name, parameter] of parametersOf({ out_proj: this.output })) {
      own.set(name, parameter);
    }
    return own;
  }

  #project(...inputs: [Tensor, Tensor, Tensor]): Tensor[] {
    const { width, weights } = this;
    const bias = this.bias?.tensor;
    const [query, key, value] = inputs;
    const part = (i: number): [number, number] => [i * width, (i + 1) * width];
    if (weights.length === 1 && query === key && key === value) {
      const all = linear(query, weights[0].tensor, bias); // [B, L, 3E]
      return [0, 1, 2].map((i) => all.slice(null, null, part(i))); // [B, L, E]
    }
    return inputs.map((x, i) => {
      const weight = weights.length === 1 ? weights[0].tensor.slice(part(i)) : weights[i].tensor;
      return linear(x, weight, bias?.slice(part(i)));
    });
  }

  /** [B, L, E] as [B, heads, L, E/heads]. */
  #split(x: Tensor): Tensor {
    const [batch, length] = x.shape;
    const split = x.reshape([batch, length, this.heads, this.width / this.heads]);
    return split.permute([0, 2, 1, 3]);
  }
}

function separate(width: number, keyWidth: number, valueWidth: number): Shape[] {
  return [
    [width, width],
    [width, keyWidth],
    [width, valueWidth],
  ];
}
