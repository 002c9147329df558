/**
 * tape: the record of what was computed inside `valueAndGrad`, and the walk back through it.
 *
 * Reverse-mode differentiation: every op that touches a followed tensor appends one node, which
 * names the rule for its gradient, the nodes of its inputs, and the values it needs later. Saved
 * values are retained by reference count, so scopes may end in the meantime. Nodes are appended in
 * order of computation, so walking them backwards visits a result before what it was made of.
 *
 * Tapes nest: what runs under a tape is noted on every tape around it that follows an input, the walk
 * back included, which is how gradients of gradients come about. A tensor's `node` is the head of a
 * short list, one node per tape that follows it. `noGrad` cuts the chain: a tape begun inside it has
 * no tape around it.
 *
 * Not here: the user-facing functions (value-and-grad.ts), and any particular gradient (ops/).
 */
import { GradientError, TensorError } from "../errors.js";
import { twin } from "../ops/dispatch.js";
import { formatShape, type Shape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { addGradients, mergePieces, Piece } from "./accumulate.js";

/** The gradient of one op. */
export interface GradientRule<P = unknown> {
  /** Name for messages. */
  readonly op: string;
  /**
   * The gradients of the inputs, in order; `undefined` for inputs that need none (`node.needs`).
   * `dy` is the gradient of the output and has its shape. Temporaries are freed by the caller.
   */
  backward(dy: Tensor, node: GradNode<P>): readonly (Tensor | Piece | undefined)[];
}

/** One recorded op, or a parameter (then without a rule). */
export class GradNode<P = unknown> {
  readonly tape: Tape;
  readonly rule: GradientRule<P> | undefined;
  /** Nodes of the inputs; empty once released. */
  inputs: readonly (GradNode | undefined)[];
  readonly params: P;
  /** Shape of the tensor this node stands for. */
  readonly shape: Shape;
  /** Gradient gathered so far; owned by this node. */
  gradient: Tensor | undefined = undefined;
  /** Gradients of slices, not yet merged. */
  pieces: Piece[] | undefined = undefined;
  /** The same tensor's node on the next tape that follows it, further out. */
  outer: GradNode | undefined = undefined;
  #saved: readonly (Tensor | undefined)[];
  #versions: number[];

  constructor(
    tape: Tape,
    shape: Shape,
    rule: GradientRule<P> | undefined,
    inputs: readonly (GradNode | undefined)[],
    saved: readonly (Tensor | undefined)[],
    params: P,
  ) {
    this.tape = tape;
    this.shape = shape;
    this.rule = rule;
    this.inputs = inputs;
    this.params = params;
    this.#saved = saved;
    this.#versions = new Array(saved.length);
    for (let i = 0; i < saved.length; i++) {
      const storage = saved[i]?.storage;
      if (storage === undefined) continue;
      storage.references++;
      this.#versions[i] = storage.version;
    }
  }

  /** Whether input `i` needs a gradient. */
  needs(i: number): boolean {
    return this.inputs[i] !== undefined;
  }

  /** Saved value `i`, as it was when the op ran. */
  saved(i: number): Tensor {
    const tensor = this.#saved[i];
    if (tensor === undefined) {
      throw new TensorError("INTERNAL", this.rule?.op ?? "tape", `value ${i} was not saved`);
    }
    if (tensor.storage.version !== this.#versions[i]) {
      throw new GradientError(
        this.rule?.op ?? "tape",
        "a value saved for the gradient was overwritten in place before the backward pass",
      );
    }
    return tensor.disposed ? twin(tensor) : tensor;
  }

  /** The whole gradient of this node's tensor, now owned by the caller; `undefined` if none came. */
  takeGradient(): Tensor | undefined {
    const { pieces } = this;
    let gradient = this.gradient;
    this.gradient = undefined;
    this.pieces = undefined;
    if (pieces !== undefined) gradient = mergePieces(this.shape, gradient, pieces);
    return gradient;
  }

  /** Lets go of the saved values, and of the nodes before it: results may outlive the tape. */
  release(): void {
    for (const tensor of this.#saved) tensor?.storage.release();
    this.#saved = nothing;
    this.inputs = nothing;
  }
}

const nothing: readonly undefined[] = [];

/** The nodes of one `valueAndGrad` call. */
export class Tape {
  readonly nodes: GradNode[] = [];
  /** The tape that was active when this one began; its walk back is noted there. */
  readonly parent: Tape | undefined = active;

  /**
   * Walks back from `root`, leaving the gradients of parameters in their nodes. The parent is active
   * meanwhile.
   */
  backward(root: GradNode, seed: Tensor, scoped: <T>(fn: () => T) => T): void {
    root.gradient = seed;
    const before = walked;
    try {
      this.#walk(scoped);
    } finally {
      walked = before;
    }
  }

  #walk(scoped: <T>(fn: () => T) => T): void {
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const node = this.nodes[i];
      walked = node.rule?.op;
      const dy = node.takeGradient();
      if (dy !== undefined && node.rule !== undefined) {
        const { rule } = node;
        deliver(
          node,
          dy,
          scoped(() => rule.backward(dy, node)),
        );
        dy.dispose();
      }
      node.release();
    }
  }

  /** Lets go of every saved value. */
  release(): void {
    for (const node of this.nodes) node.release();
    this.nodes.length = 0;
  }
}

let active: Tape | undefined;

/** The op whose gradient is being computed, if any. */
let walked: string | undefined;

/** The op whose gradient is being computed at this moment, if any. */
export function backwardOf(): string | undefined {
  return walked;
}

/** The tape that ops record to at this moment, if any. */
export function activeTape(): Tape | undefined {
  return active;
}

/** Runs `fn` with another tape (or none) and restores the present one. */
export function withTape<T>(tape: Tape | undefined, fn: () => T): T {
  const before = active;
  active = tape;
  try {
    return fn();
  } finally {
    active = before;
  }
}

/** Whether the active tape, or one around it, follows a tensor. */
export function taped(x: Tensor): boolean {
  if (active === undefined) return false;
  for (let node = x.node; node !== undefined; node = node.outer) {
    for (let tape: Tape | undefined = active; tape !== undefined; tape = tape.parent) {
      if (node.tape === tape) return true;
    }
  }
  return false;
}

/** The node of a tensor on one tape, if that tape follows it. */
export function nodeOn(x: Tensor, tape: Tape): GradNode | undefined {
  let { node } = x;
  while (node !== undefined && node.tape !== tape) node = node.outer;
  return node;
}

/**
 * Notes on the active tapes how `out` was made, if any input is followed. Call only what is needed:
 * `saved` may hold `undefined` for values that no needed gradient reads. Returns `out`.
 */
export function record<P>(
  out: Tensor,
  rule: GradientRule<P>,
  inputs: readonly Tensor[],
  saved: readonly (Tensor | undefined)[],
  params: P,
): Tensor {
  if (active === undefined) return out;
  const first = note(active, out, rule, inputs, saved, params);
  if (active.parent !== undefined) {
    let head = first;
    let last = first;
    for (let tape: Tape | undefined = active.parent; tape !== undefined; tape = tape.parent) {
      const node = note(tape, out, rule, inputs, saved, params);
      if (node === undefined) continue;
      if (last === undefined) head = node;
      else last.outer = node;
      last = node;
    }
    if (head !== undefined) out.node = head;
  } else if (first !== undefined) out.node = first;
  return out;
}

function note<P>(
  tape: Tape,
  out: Tensor,
  rule: GradientRule<P>,
  inputs: readonly Tensor[],
  saved: readonly (Tensor | undefined)[],
  params: P,
): GradNode<P> | undefined {
  let followed = false;
  const nodes = new Array<GradNode | undefined>(inputs.length);
  for (let i = 0; i < inputs.length; i++) {
    nodes[i] = nodeOn(inputs[i], tape);
    followed ||= nodes[i] !== undefined;
  }
  if (!followed) return undefined;
  const node = new GradNode(tape, out.shape, rule, nodes, saved, params);
  tape.nodes.push(node);
  return node;
}

function deliver(
  node: GradNode,
  dy: Tensor,
  gradients: readonly (Tensor | Piece | undefined)[],
): void {
  for (let i = 0; i < gradients.length; i++) {
    const gradient = gradients[i];
    const parent = node.inputs[i];
    if (gradient === undefined || parent === undefined) continue;
    if (gradient instanceof Piece) {
      parent.pieces ??= [];
      parent.pieces.push(gradient);
      continue;
    }
    if (!sameShape(gradient.shape, parent.shape)) {
      throw new TensorError(
        "INTERNAL",
        node.rule?.op ?? "tape",
        `gradient ${i} has the wrong shape (got ${formatShape(gradient.shape)}, ` +
          `expected ${formatShape(parent.shape)})`,
      );
    }
    // Each node owns its gradient alone: what is passed on unchanged gets an object of its own.
    const twice = gradients.indexOf(gradient) !== gradients.lastIndexOf(gradient);
    const shared = gradient === dy || twice;
    const own = shared ? twin(gradient) : gradient;
    parent.gradient = parent.gradient === undefined ? own : addGradients(parent.gradient, own);
  }
}
