/** The work that the learner benchmarks share: Breakout's network and one batch, the same numbers for every contestant. */

/** Breakout's policy: 118 observations, two hidden layers, 3 logits and a value. */
export const inputs = 118;
export const actions = 3;

/** Parameters (weight and bias of each layer in turn, heads merged) and one minibatch. */
export function workload(batch, hidden) {
  const random = generator(1);
  const normal = (count, scale) =>
    Float32Array.from({ length: count }, () => scale * gauss(random));
  const layers = [
    [inputs, hidden, 1],
    [hidden, hidden, 1],
    [hidden, actions + 1, 0.1],
  ];
  const parts = layers.flatMap(([from, to, gain]) => [
    normal(to * from, gain / Math.sqrt(from)),
    new Float32Array(to),
  ]);
  return {
    parameters: concat(parts),
    observations: normal(batch * inputs, 1),
    action: Int32Array.from({ length: batch }, () => Math.floor(random() * actions)),
    oldLogProb: Float32Array.from({ length: batch }, () => -1.1 + 0.1 * gauss(random)),
    advantage: normal(batch, 1),
    returns: normal(batch, 1),
  };
}

function concat(parts) {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function gauss(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Uniform numbers in [0, 1): a 32-bit xorshift with a multiplier, enough for filling arrays. */
function generator(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (Math.imul(state, 0x9e3779b1) >>> 0) / 2 ** 32;
  };
}
