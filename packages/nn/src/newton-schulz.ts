/**
 * newton-schulz: the orthogonal matrix nearest to a given one, roughly and fast (Jordan et al. 2024).
 *
 *   X = G / (norm(G) + 1e-7),  then `steps` times:  A = X X^T,  X = a X + (b A + c A A) X
 *
 * The singular values end up in about 0.7..1.2 rather than at 1, which is enough for an optimiser.
 */
import { scope, type Tensor } from "@carom/tensor";

const [a, b, c] = [3.4445, -4.775, 2.0315];

/** Of each matrix `[..., R, C]`. */
export function newtonSchulz(g: Tensor, { steps = 5 }: { steps?: number } = {}): Tensor {
  const tall = g.shape[g.rank - 2] > g.shape[g.rank - 1];
  return scope(() => {
    const wide = tall ? g.transpose(-2, -1) : g;
    const norm = wide.square().sum([-2, -1], { keepdims: true }).sqrt();
    let x = wide.div(norm.add(1e-7));
    for (let i = 0; i < steps; i++) {
      const gram = x.matmul(x.transpose(-2, -1));
      const mixed = gram.mul(b).add(gram.matmul(gram).mul(c));
      x = x.mul(a).add(mixed.matmul(x));
    }
    return tall ? x.transpose(-2, -1).contiguous() : x;
  });
}
