/** What the random games extend: a game that does nothing, with a source of random bits. */
export class Base {
  spec = {
    id: "random",
    variant: "classic",
    version: 1,
    title: "Random",
    actions: { kind: "discrete", names: ["a", "b", "c"] },
    observation: { size: 1, shape: [1] },
    board: { width: 1, height: 1 },
    decisionsPerSecond: 1,
    maxSteps: 100,
  };
  terminated = false;
  cells = new Int8Array(8);
  random = 1;
  seed(seed) {
    this.random = (seed | 1) & 0x7fffffff;
  }
  reset() {}
  bits() {
    this.random = (Math.imul(this.random, 1103515245) + 12345) & 0x7fffffff;
    return this.random >> 23;
  }
  observe(out, at) {
    out[at] = this.bits();
  }
  draw(canvas) {
    canvas.background(0);
  }
}
