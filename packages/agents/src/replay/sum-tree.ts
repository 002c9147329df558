/**
 * A sum tree: a list of priorities in which "which entry does this much of the total fall on" takes
 * log2(n) steps (Schaul et al. 2016, https://arxiv.org/abs/1511.05952, appendix B.2.1).
 *
 * A complete binary tree in one array: node 1 is the root, the children of node k are 2k and 2k + 1, the
 * entries are the last level. A parent is always computed as the sum of its children, never corrected by
 * a difference, so rounding does not pile up and the tree depends on its entries alone.
 *
 * Not here: random numbers, what the entries stand for.
 */
import { AgentError } from "../errors.js";

/** Non-negative priorities by index, and the search by share of their sum. */
export class SumTree {
  /** How many entries there are. */
  readonly length: number;
  private readonly base: number; // where the entries begin: a power of two
  private readonly nodes: Float64Array; // [2 * base]

  /** @param length how many entries; all begin with priority 0. */
  constructor(length: number) {
    this.length = length;
    this.base = 2 ** Math.ceil(Math.log2(Math.max(1, length)));
    this.nodes = new Float64Array(2 * this.base);
  }

  /** The sum of all priorities. */
  get total(): number {
    return this.nodes[1];
  }

  /** The priority of entry `index`. */
  get(index: number): number {
    return this.nodes[this.base + index];
  }

  /**
   * Gives entry `index` a priority.
   *
   * @throws AgentError NOT_FINITE when it is negative, infinite or NaN.
   */
  set(index: number, priority: number): void {
    if (!(priority >= 0 && priority < Number.POSITIVE_INFINITY)) {
      throw new AgentError(
        "NOT_FINITE",
        `sum tree: a priority must be finite and not negative (got ${priority} for entry ${index})`,
      );
    }
    const { nodes } = this;
    let node = this.base + index;
    nodes[node] = priority;
    for (node >>>= 1; node >= 1; node >>>= 1) nodes[node] = nodes[2 * node] + nodes[2 * node + 1];
  }

  /**
   * The entry on which `mass` falls when the priorities lie end to end in the order of the indices, entry
   * i over [sum of those before it, the same + its own). Never one with priority 0, whatever the rounding,
   * as long as the total is positive.
   *
   * @param mass from 0 to `total`.
   */
  find(mass: number): number {
    const { nodes, base } = this;
    let node = 1;
    let rest = mass;
    while (node < base) {
      const left = 2 * node;
      const goesLeft = rest < nodes[left] || nodes[left + 1] === 0;
      node = goesLeft ? left : left + 1;
      if (!goesLeft) rest -= nodes[left];
    }
    return node - base;
  }
}
