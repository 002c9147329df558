/**
 * module: the convention for things with parameters.
 *
 * A module is any object that lists its parameters by name; a layer also maps a tensor to a tensor.
 * There is no base class. A parameter is a box, so that its tensor can be moved into a flat buffer
 * (see ParameterBuffer) without the module noticing. Buffers are what belongs to a module and is saved
 * with it but not trained, such as running statistics.
 *
 * There is no training mode that a module is switched into: whether a call trains is an argument of
 * that call, `forward(x, { training: true })`, and containers hand it on. The same module can so be
 * recorded once for acting and once for learning, and nobody can forget to switch it back.
 */
import { keep, type Tensor } from "@carom/tensor";

/** A tensor and its place in a module. Exempt from scopes. */
export class Parameter {
  /** The values. Replaced by a view when the module is flattened. */
  tensor: Tensor;

  constructor(tensor: Tensor) {
    this.tensor = keep(tensor);
  }
}

/** Something with parameters. */
export interface Module {
  /** Parameters by dotted name, e.g. `0.weight`, always in the same order. */
  parameters(): ReadonlyMap<string, Parameter>;
  /** What is saved with the parameters but not trained, by dotted name. Default: nothing. */
  buffers?(): ReadonlyMap<string, Parameter>;
}

/** What a layer is told beside its input. */
export interface ForwardOptions {
  /**
   * Whether this call is part of training: dropout drops, batch normalisation takes the statistics of
   * the batch, noisy layers are noisy. Default false.
   */
  training?: boolean;
}

/** A module that maps a tensor to a tensor. */
export interface Layer extends Module {
  /** The result, a tensor of its own. Layers that do the same in training ignore the options. */
  forward(x: Tensor, options?: ForwardOptions): Tensor;
}

/** The parameters of named children as one map, each name prefixed with its child's. */
export function parametersOf(children: Readonly<Record<string, Module>>): Map<string, Parameter> {
  const all = new Map<string, Parameter>();
  for (const [name, child] of Object.entries(children)) {
    for (const [inner, parameter] of child.parameters()) all.set(`${name}.${inner}`, parameter);
  }
  return all;
}

/** The buffers of named children as one map, each name prefixed with its child's. */
export function buffersOf(children: Readonly<Record<string, Module>>): Map<string, Parameter> {
  const all = new Map<string, Parameter>();
  for (const [name, child] of Object.entries(children)) {
    for (const [inner, buffer] of child.buffers?.() ?? []) all.set(`${name}.${inner}`, buffer);
  }
  return all;
}

/** The parameters' tensors, in order: what `valueAndGrad` takes. */
export function parameterTensors(module: Module): Tensor[] {
  return Array.from(module.parameters().values(), (parameter) => parameter.tensor);
}

/** Frees the tensors of all parameters and buffers. */
export function disposeModule(module: Module): void {
  for (const parameter of module.parameters().values()) parameter.tensor.dispose();
  for (const buffer of module.buffers?.().values() ?? []) buffer.tensor.dispose();
}
