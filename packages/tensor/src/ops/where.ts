/**
 * where: elementwise choice; all three operands broadcast.
 *
 *   y = condition ? a : b
 *
 * Gradients: da = condition ? dy : 0,  db = condition ? 0 : dy, summed over what was broadcast.
 */
import { sumTo } from "../autograd/sum-to.js";
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { noParams } from "../op-params.js";
import { broadcastShape, type Shape } from "../shape.js";
import type { Operand, Tensor } from "../tensor.js";
import {
  broadcastTo,
  checkAlive,
  checkDtype,
  checkSameDevice,
  checkSameDtype,
  emptyLike,
  toTensor,
} from "./dispatch.js";

const whereRule: GradientRule<{ a: Shape; b: Shape }> = {
  op: "where",
  backward(dy, node) {
    const condition = node.saved(0);
    const { a, b } = node.params;
    return [
      undefined,
      node.needs(1) ? sumTo(where(condition, dy, 0), a) : undefined,
      node.needs(2) ? sumTo(where(condition, 0, dy), b) : undefined,
    ];
  },
};

/** `a` where `condition` (bool) holds, `b` elsewhere; a and b have one dtype. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  checkAlive("where", condition);
  checkDtype("where", condition, "bool", "condition");
  const x = toTensor("where", a, b);
  const y = toTensor("where", b, a);
  checkSameDevice("where", x, y);
  checkSameDevice("where", condition, x);
  checkSameDtype("where", x, y);
  const values = broadcastShape("where", x.shape, y.shape);
  const shape = broadcastShape("where", condition.shape, values);
  const out = emptyLike([condition, x, y], x.dtype, shape);
  const views = [condition, x, y].map((operand) => broadcastTo("where", operand, shape));
  x.device.backend.run("where", views, [out], noParams);
  if (activeTape() === undefined) return out;
  return record(out, whereRule, [condition, x, y], [condition], { a: x.shape, b: y.shape });
}
