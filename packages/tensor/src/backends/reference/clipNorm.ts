/**
 * clipNorm: clipping of a flat gradient to a global norm, as all optimiser steps begin.
 */
import { positions, type RefView } from "./views.js";

/**
 * The gradient's elements times min(1, maxNorm / (norm + 1e-6)), all of them for maxNorm <= 0.
 * Writes the norm to `gradNorm`; `undefined` if it is not finite.
 */
export function clippedGradient(
  gradient: RefView,
  maxNorm: number,
  gradNorm: RefView,
): Float64Array | undefined {
  const elements = Float64Array.from(positions(gradient), (at) => gradient.data[at]);
  const norm = Math.sqrt(elements.reduce((sum, g) => sum + g * g, 0));
  gradNorm.data[gradNorm.offset] = norm;
  if (!Number.isFinite(norm)) return undefined;
  const scale = maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
  return elements.map((g) => g * scale);
}
