/**
 * clipAdam: global-norm clipping and one Adam step over flat buffers.
 *
 * Kingma and Ba 2015 with PyTorch's conventions: bias correction, epsilon outside the square root,
 * decoupled weight decay. A gradient norm that is not finite skips the update and is still reported.
 *
 *   gradient [P], hyper [8] = {lr, beta1, beta2, eps, maxGradNorm, weightDecay, l2Decay, 0}
 *   -> params, m, v [P], step int32 [1] (all updated in place), gradNorm [1]
 */
import { clippedGradient } from "./clipNorm.js";
import { positions, type RefView } from "./views.js";

export function clipAdamKernel([gradient, hyper]: RefView[], outputs: RefView[]): void {
  const [params, m, v, step, gradNorm] = outputs;
  const [lr, beta1, beta2, eps, maxNorm, decay, l2] = Array.from(
    positions(hyper),
    (at) => hyper.data[at],
  );
  const clipped = clippedGradient(gradient, maxNorm, gradNorm);
  if (clipped === undefined) return;

  const t = ++step.data[step.offset];
  const correction1 = 1 - beta1 ** t;
  const correction2 = Math.sqrt(1 - beta2 ** t);
  const [toP, toM, toV] = [positions(params), positions(m), positions(v)];
  for (let i = 0; i < clipped.length; i++) {
    const g = clipped[i] + l2 * params.data[toP[i]];
    const first = beta1 * m.data[toM[i]] + (1 - beta1) * g;
    const second = beta2 * v.data[toV[i]] + (1 - beta2) * g * g;
    m.data[toM[i]] = first;
    v.data[toV[i]] = second;
    const kept = params.data[toP[i]] * (1 - lr * decay);
    const update = (lr / correction1) * (first / (Math.sqrt(second) / correction2 + eps));
    params.data[toP[i]] = kept - update;
  }
}
