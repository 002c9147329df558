/**
 * lifetime: scopes, and the net below them.
 *
 * A tensor lives until `dispose()`, until the scope it was created in ends, or, as a last resort,
 * until the garbage collector finds it. The collector is no substitute for the first two: it does
 * not run finalizers inside a synchronous loop. It is therefore only asked to watch tensors that no
 * scope will free.
 */
import { Device } from "./device.js";
import { TensorError } from "./errors.js";
import type { Storage } from "./storage.js";
import { Tensor } from "./tensor.js";

/** The tensors that one `scope` call will free. */
export class Scope {
  readonly parent: Scope | undefined;
  readonly tensors: Tensor[] = [];

  constructor(parent: Scope | undefined) {
    this.parent = parent;
  }
}

let current: Scope | undefined;

const net = new FinalizationRegistry<Storage>((storage) => {
  storage.device.live--;
  storage.release();
});

/** The innermost scope at this moment, if any. */
export function currentScope(): Scope | undefined {
  return current;
}

/** Puts a new tensor under the current scope, or under the net where there is none. */
export function adoptTensor(tensor: Tensor): Scope | undefined {
  if (current !== undefined) current.tensors.push(tensor);
  else net.register(tensor, tensor.storage, tensor);
  return current;
}

/** Tells the net that a tensor without a scope was disposed. */
export function forgetTensor(tensor: Tensor): void {
  net.unregister(tensor);
}

/**
 * Runs `fn` and frees every tensor created inside, except those in its result (in arrays, objects,
 * maps or sets, at any depth) and those passed to {@link keep}. What is returned belongs to the
 * enclosing scope. `fn` must be synchronous.
 */
export function scope<T>(fn: () => T): T {
  const own = new Scope(current);
  current = own;
  try {
    const result = fn();
    if (isThenable(result)) {
      throw new TensorError(
        "INVALID_ARGUMENT",
        "scope",
        "the function must be synchronous (got a promise, expected a value)",
      );
    }
    hand(result, own);
    return result;
  } finally {
    current = own.parent;
    for (const tensor of own.tensors) if (tensor.scope === own) tensor.dispose();
  }
}

/** Exempts a tensor from all scopes: from here on only `dispose()` frees it. Returns the tensor. */
export function keep(tensor: Tensor): Tensor {
  if (tensor.scope !== undefined) {
    tensor.scope = undefined;
    net.register(tensor, tensor.storage, tensor);
  }
  return tensor;
}

/** All tensors found in a value: itself, or inside arrays, objects, maps and sets. */
export function tensorsIn(value: unknown, found: Set<Tensor> = new Set()): Set<Tensor> {
  collect(value, found, new Set());
  return found;
}

function collect(value: unknown, found: Set<Tensor>, seen: Set<object>): void {
  if (typeof value !== "object" || value === null) return;
  if (value instanceof Tensor) {
    found.add(value);
    return;
  }
  if (ArrayBuffer.isView(value) || value instanceof Device || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Map) {
    for (const [key, item] of value) {
      collect(key, found, seen);
      collect(item, found, seen);
    }
  } else if (value instanceof Set) {
    for (const item of value) collect(item, found, seen);
  } else {
    for (const item of Object.values(value)) collect(item, found, seen);
  }
}

/** Moves the tensors of a result from `own` to the enclosing scope. */
function hand(result: unknown, own: Scope): void {
  if (typeof result !== "object" || result === null) return;
  if (result instanceof Tensor) {
    move(result, own);
    return;
  }
  // Lists of tensors are what most scopes return; anything deeper takes the thorough way.
  if (!Array.isArray(result) || result.some(isNested)) {
    for (const tensor of tensorsIn(result)) move(tensor, own);
    return;
  }
  for (const item of result) if (item instanceof Tensor) move(item, own);
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null && !(value instanceof Tensor);
}

function move(tensor: Tensor, own: Scope): void {
  if (tensor.scope !== own) return;
  if (own.parent === undefined) keep(tensor);
  else {
    tensor.scope = own.parent;
    own.parent.tensors.push(tensor);
  }
}

function isThenable(value: unknown): boolean {
  return value instanceof Promise;
}
