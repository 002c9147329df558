/**
 * clipSgd: global-norm clipping and one step of gradient descent with momentum over flat buffers.
 *
 * Sutskever et al. 2013 in PyTorch's form: the velocity starts as the first gradient, undamped. A
 * gradient norm that is not finite skips the update and is still reported.
 *
 *   gradient [P], hyper [8] = {lr, momentum, dampening, weightDecay, maxGradNorm, 0, 0, 0}
 *   -> params [P], step int32 [1], gradNorm [1], velocity [P] (may be absent: no momentum)
 */
import { clippedGradient } from "./clipNorm.js";
import { positions, type RefView } from "./views.js";

export function clipSgdKernel(
  [gradient, hyper]: RefView[],
  outputs: RefView[],
  { nesterov }: { nesterov: number },
): void {
  const [params, step, gradNorm] = outputs;
  const velocity = outputs.length > 3 ? outputs[3] : undefined;
  const [lr, momentum, dampening, decay, maxNorm] = Array.from(
    positions(hyper),
    (at) => hyper.data[at],
  );
  const clipped = clippedGradient(gradient, maxNorm, gradNorm);
  if (clipped === undefined) return;

  const first = step.data[step.offset]++ === 0;
  const to = positions(params);
  const toVelocity = velocity === undefined ? undefined : positions(velocity);
  for (let i = 0; i < to.length; i++) {
    const g = clipped[i] + decay * params.data[to[i]];
    let change = g;
    if (velocity !== undefined && toVelocity !== undefined) {
      const at = toVelocity[i];
      const v = first ? g : momentum * velocity.data[at] + (1 - dampening) * g;
      velocity.data[at] = v;
      change = nesterov === 1 ? g + momentum * v : v;
    }
    params.data[to[i]] -= lr * change;
  }
}
