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
import { clone } from "../ops/copy.js";
import { checkAlive, constant } from "../ops/dispatch.js";
import { expand } from "../ops/expand.js";
import { formatShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { isSole } from "./accumulate.js";
import { GradNode, nodeOn, Tape, withTape } from "./tape.js";

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
export function valueAndGrad(fn: () => Tensor, params: readonly Tensor[]): ValueAndGrad<NoAux>;
export function valueAndGrad<A extends WithLoss>(
  fn: () => A,
  params: readonly Tensor[],
): ValueAndGrad<Omit<A, "loss">>;
export function valueAndGrad(
  fn: () => Tensor | { loss: Tensor },
  params: readonly Tensor[],
): ValueAndGrad<object> {
  const tape = new Tape();
  // An outer tape may follow the same parameters: it gets its nodes back.
  const outer = params.map((param) => param.node);
  try {
    const leaves = params.map((param) => follow(tape, param));
    // Intermediate tensors die with this scope, except for what the tape holds on to.
    const result = scope(() => withTape(tape, fn));
    const { loss, ...aux } = result instanceof Tensor ? { loss: result } : result;
    const grads = scope(() => backward(tape, loss, leaves, params));
    return { value: loss, aux, grads };
  } finally {
    for (let i = 0; i < params.length; i++) params[i].node = outer[i];
    tape.release();
  }
}

/** The gradient of `fn` with respect to `params`, see {@link valueAndGrad}. */
export function grad(fn: () => Tensor, params: readonly Tensor[]): Tensor[] {
  const { value, grads } = valueAndGrad(fn, params);
  value.dispose();
  return grads;
}

/** Runs `fn` without the gradient tape: its results count as constants. */
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

function backward(
  tape: Tape,
  loss: Tensor,
  leaves: readonly GradNode[],
  params: readonly Tensor[],
): Tensor[] {
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
  const one = constant(loss.device, loss.dtype, 1);
  tape.backward(root, expand(one, loss.shape), scope);
  const taken = new Map<GradNode, Tensor>();
  return leaves.map((leaf, i) => {
    const earlier = taken.get(leaf);
    if (earlier !== undefined) return clone(earlier);
    const gradient = independent(leaf.takeGradient(), params[i]);
    taken.set(leaf, gradient);
    return gradient;
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
