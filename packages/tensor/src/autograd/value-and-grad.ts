/**
 * value-and-grad: the only way in which a gradient tape comes into being.
 *
 * `valueAndGrad(fn, params)` runs `fn` under a fresh tape and walks it back at once; there is no
 * hidden graph that lives on between calls. Calls nest: the gradients that an inner call returns are
 * functions of what the outer call follows, so `grad` of an expression made with `grad` is a second
 * derivative, and so on.
 */
import { isFloat } from "../dtype.js";
import { GradientError } from "../errors.js";
import { scope } from "../lifetime.js";
import { noParams } from "../op-params.js";
import { clone } from "../ops/copy.js";
import {
  checkAlive,
  checkSameDevice,
  checkSameDtype,
  checkShapeIs,
  checkWritable,
  constant,
} from "../ops/dispatch.js";
import { expand } from "../ops/expand.js";
import { formatShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { isSole } from "./accumulate.js";
import { GradNode, nodeOn, Tape, taped, withTape } from "./tape.js";

/** Result of {@link valueAndGrad}. */
export interface ValueAndGrad<A> {
  /** The loss, a tensor with one element. */
  value: Tensor;
  /** What the function returned beside the loss. */
  aux: A;
  /** One per parameter, of its shape; dense and independent of each other. */
  grads: Tensor[];
}

/** What a function returns whose further tensors are wanted, too. */
export interface WithLoss {
  /** The loss, one element. */
  loss: Tensor;
}

/** Options of {@link valueAndGrad}. */
export interface GradOptions {
  /**
   * Buffers, one per parameter and of its shape, to which the gradients are added in place; they come
   * back as `grads`. So the gradient of a large batch is gathered from small ones. Overlapping buffers
   * are not noticed. Default: the gradients are new tensors.
   */
  accumulate?: readonly Tensor[];
  /** Factor on the gradients, e.g. one over the number of batches to gather. Default 1. */
  scale?: number;
}

/** No further results. */
export type NoAux = Record<never, never>;

/**
 * The value of `fn` and its gradient with respect to `params`.
 *
 * `fn` returns the loss (one element, float), or an object with it as `loss` and further tensors.
 * Everything else that it creates is freed. A parameter that the loss does not reach gets zeros.
 *
 * Inside another `valueAndGrad` the results can be differentiated again; an op that cannot says so
 * then. Wrap the inner call in {@link noGrad} if its result counts as a constant.
 *
 * @throws GradientError if the loss reaches no parameter at all.
 */
export function valueAndGrad(
  fn: () => Tensor,
  params: readonly Tensor[],
  options?: GradOptions,
): ValueAndGrad<NoAux>;
export function valueAndGrad<A extends WithLoss>(
  fn: () => A,
  params: readonly Tensor[],
  options?: GradOptions,
): ValueAndGrad<Omit<A, "loss">>;
export function valueAndGrad(
  fn: () => Tensor | { loss: Tensor },
  params: readonly Tensor[],
  options: GradOptions = {},
): ValueAndGrad<object> {
  const { accumulate, scale = 1 } = options;
  if (accumulate !== undefined) checkBuffers(accumulate, params);
  const tape = new Tape();
  // An outer tape may follow the same parameters: it gets its nodes back.
  const outer = params.map((param) => param.node);
  try {
    const leaves = params.map((param) => follow(tape, param));
    // Intermediate tensors die with this scope, except for what the tape holds on to.
    const result = scope(() => withTape(tape, fn));
    const { loss, ...aux } = result instanceof Tensor ? { loss: result } : result;
    const grads = scope(() => {
      backward(tape, loss, scale);
      return accumulate === undefined
        ? gathered(leaves, params)
        : added(leaves, params, accumulate);
    });
    return { value: loss, aux, grads };
  } finally {
    for (let i = 0; i < params.length; i++) params[i].node = outer[i];
    tape.release();
  }
}

/** The gradient of `fn` with respect to `params`, see {@link valueAndGrad}. */
export function grad(fn: () => Tensor, params: readonly Tensor[], options?: GradOptions): Tensor[] {
  const { value, grads } = valueAndGrad(fn, params, options);
  value.dispose();
  return grads;
}

/**
 * Runs `fn` without any gradient tape: its results count as constants. A `valueAndGrad` inside works
 * as it does outside of all others.
 */
export function noGrad<T>(fn: () => T): T {
  return withTape(undefined, fn);
}

function follow(tape: Tape, param: Tensor): GradNode {
  checkAlive("valueAndGrad", param);
  if (!isFloat(param.dtype)) {
    throw new GradientError(
      "valueAndGrad",
      `a parameter cannot be differentiated (got ${param.dtype}, expected float32)`,
    );
  }
  if (param.node?.tape === tape) return param.node;
  const node = new GradNode(tape, param.shape, undefined, [], [], undefined);
  node.outer = param.node;
  param.node = node;
  return node;
}

function backward(tape: Tape, loss: Tensor, scale: number): void {
  if (loss.size !== 1) {
    throw new GradientError(
      "valueAndGrad",
      `the loss must have one element (got shape ${formatShape(loss.shape)}, expected [])`,
    );
  }
  const root = nodeOn(loss, tape);
  if (root === undefined) {
    throw new GradientError("valueAndGrad", "the loss does not depend on any of the parameters");
  }
  const seed = constant(loss.device, loss.dtype, scale);
  tape.backward(root, expand(seed, loss.shape), scope);
}

/** The gradients as tensors of their own. */
function gathered(leaves: readonly GradNode[], params: readonly Tensor[]): Tensor[] {
  const taken = new Map<GradNode, Tensor>();
  return leaves.map((leaf, i) => {
    const earlier = taken.get(leaf);
    if (earlier !== undefined) return clone(earlier);
    const gradient = independent(leaf.takeGradient(), params[i]);
    taken.set(leaf, gradient);
    return gradient;
  });
}

/** The gradients added to `buffers`, which come back. */
function added(
  leaves: readonly GradNode[],
  params: readonly Tensor[],
  buffers: readonly Tensor[],
): Tensor[] {
  const taken = new Map<GradNode, Tensor | undefined>();
  leaves.forEach((leaf, i) => {
    if (!taken.has(leaf)) taken.set(leaf, leaf.takeGradient());
    const gradient = taken.get(leaf);
    if (gradient === undefined) return;
    if (taped(gradient)) {
      throw new GradientError(
        "valueAndGrad",
        "cannot accumulate a gradient that an outer tape follows (add the gradients it returns)",
      );
    }
    const buffer = buffers[i];
    params[i].device.backend.run("add", [buffer, gradient], [buffer], noParams);
    buffer.storage.version++;
  });
  return [...buffers];
}

function checkBuffers(buffers: readonly Tensor[], params: readonly Tensor[]): void {
  if (buffers.length !== params.length) {
    throw new GradientError(
      "valueAndGrad",
      `needs one buffer per parameter (got ${buffers.length}, expected ${params.length})`,
    );
  }
  buffers.forEach((buffer, i) => {
    checkWritable("valueAndGrad", buffer);
    checkSameDevice("valueAndGrad", params[i], buffer);
    checkSameDtype("valueAndGrad", params[i], buffer);
    checkShapeIs("valueAndGrad", buffer, params[i].shape, `buffer ${i}`);
    if (buffer.storage === params[i].storage) {
      throw new GradientError("valueAndGrad", `buffer ${i} shares memory with its parameter`);
    }
  });
}

/** The gradient in memory of its own; zeros if there is none. */
function independent(gradient: Tensor | undefined, param: Tensor): Tensor {
  if (gradient === undefined) {
    const zero = constant(param.device, param.dtype, 0);
    return clone(expand(zero, param.shape));
  }
  return isSole(gradient) ? gradient : clone(gradient);
}
