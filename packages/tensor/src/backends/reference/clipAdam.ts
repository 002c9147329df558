/**
 * clipAdam: global-norm clipping and one Adam step over flat buffers.
 *
 * Kingma and Ba 2015 with PyTorch's conventions: bias correction, epsilon outside the square root,
 * decoupled weight decay. A gradient norm that is not finite skips the update and is still reported.
 *
 *   gradient [P], hyper [8] = {lr, beta1, beta2, eps, maxGradNorm, weightDecay, 0, 0}
 *   -> params, m, v [P], step int32 [1] (all updated in place), gradNorm [1]
 */
import { positions, type RefView } from "./views.js";

export function clipAdamKernel([gradient, hyper]: RefView[], outputs: RefView[]): void {
  const [params, m, v, step, gradNorm] = outputs;
  const [lr, beta1, beta2, eps, maxNorm, decay] = Array.from(
    positions(hyper),
    (at) => hyper.data[at],
  );
  const from = positions(gradient);
  let squares = 0;
  for (const at of from) squares += gradient.data[at] ** 2;
  const norm = Math.sqrt(squares);
  gradNorm.data[gradNorm.offset] = norm;
  if (!Number.isFinite(norm)) return;

  const scale = maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
  const t = ++step.data[step.offset];
  const correction1 = 1 - beta1 ** t;
  const correction2 = Math.sqrt(1 - beta2 ** t);
  const [toP, toM, toV] = [positions(params), positions(m), positions(v)];
  for (let i = 0; i < from.length; i++) {
    const g = gradient.data[from[i]] * scale;
    const first = beta1 * m.data[toM[i]] + (1 - beta1) * g;
    const second = beta2 * v.data[toV[i]] + (1 - beta2) * g * g;
    m.data[toM[i]] = first;
    v.data[toV[i]] = second;
    const kept = params.data[toP[i]] * (1 - lr * decay);
    const update = (lr / correction1) * (first / (Math.sqrt(second) / correction2 + eps));
    params.data[toP[i]] = kept - update;
  }
}
