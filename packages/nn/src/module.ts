/**
 * module: the convention for things with parameters.
 *
 * A module is any object that lists its parameters by name; a layer also maps a tensor to a tensor.
 * There is no base class. A parameter is a box, so that its tensor can be moved into a flat buffer
 * (see ParameterBuffer) without the module noticing.
 */
import { keep, type Tensor } from "@carom/tensor";

/** A trained tensor and its place in a module. Exempt from scopes. */
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
}

/** A module that maps a tensor to a tensor. */
export interface Layer extends Module {
  /** The result, a tensor of its own. */
  forward(x: Tensor): Tensor;
}

/** The parameters of named children as one map, each name prefixed with its child's. */
export function parametersOf(children: Readonly<Record<string, Module>>): Map<string, Parameter> {
  const all = new Map<string, Parameter>();
  for (const [name, child] of Object.entries(children)) {
    for (const [inner, parameter] of child.parameters()) all.set(`${name}.${inner}`, parameter);
  }
  return all;
}

/** The parameters' tensors, in order: what `valueAndGrad` takes. */
export function parameterTensors(module: Module): Tensor[] {
  return Array.from(module.parameters().values(), (parameter) => parameter.tensor);
}

/** Frees the tensors of all parameters. */
export function disposeModule(module: Module): void {
  for (const parameter of module.parameters().values()) parameter.tensor.dispose();
}
