/**
 * clipRmsprop: global-norm clipping and one step of RMSProp over flat buffers.
 *
 * Tieleman and Hinton 2012; centered as in Graves 2013; PyTorch's form, epsilon outside the root. A
 * gradient norm that is not finite skips the update and is still reported.
 *
 *   gradient [P], hyper [8] = {lr, alpha, eps, weightDecay, momentum, maxGradNorm, 0, 0}
 *   -> params, squares [P], gradNorm [1], means [P] (if centered), velocity [P] (if momentum)
 */
import { clippedGradient } from "./clipNorm.js";
import { positions, type RefView } from "./views.js";

interface Params {
  centered: number;
  momentum: number;
}

export function clipRmspropKernel(
  [gradient, hyper]: RefView[],
  [params, squares, gradNorm, ...others]: RefView[],
  { centered, momentum }: Params,
): void {
  const means = centered === 1 ? others[0] : undefined;
  const velocity = momentum === 1 ? others[centered] : undefined;
  const [lr, alpha, eps, decay, keep, maxNorm] = Array.from(
    positions(hyper),
    (at) => hyper.data[at],
  );
  const clipped = clippedGradient(gradient, maxNorm, gradNorm);
  if (clipped === undefined) return;

  const toParams = positions(params);
  const toSquares = positions(squares);
  const toMeans = means === undefined ? undefined : positions(means);
  const toVelocity = velocity === undefined ? undefined : positions(velocity);
  for (let i = 0; i < clipped.length; i++) {
    const g = clipped[i] + decay * params.data[toParams[i]];
    let variance = alpha * squares.data[toSquares[i]] + (1 - alpha) * g * g;
    squares.data[toSquares[i]] = variance;
    if (means !== undefined && toMeans !== undefined) {
      const mean = alpha * means.data[toMeans[i]] + (1 - alpha) * g;
      means.data[toMeans[i]] = mean;
      variance = Math.max(0, variance - mean * mean);
    }
    let change = g / (Math.sqrt(variance) + eps);
    if (velocity !== undefined && toVelocity !== undefined) {
      change += keep * velocity.data[toVelocity[i]];
      velocity.data[toVelocity[i]] = change;
    }
    params.data[toParams[i]] -= lr * change;
  }
}
