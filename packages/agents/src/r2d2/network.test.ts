import { findGame, key } from "@carom/envs";
import { RandomState, scope, tensor, zeros } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { coreKinds } from "../core.js";
import { RecurrentQNetwork } from "./network.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

function network(kind: (typeof coreKinds)[number], dueling = true): RecurrentQNetwork {
  return new RecurrentQNetwork({
    spec: findGame("catch").create().spec,
    device,
    key: key(3),
    encoder: "mlp",
    widths: [8],
    activation: "relu",
    core: { kind, units: 6 },
    dueling,
  });
}

test.each(coreKinds)(
  "[B23] %s: step by step equals a whole sequence in whose middle episodes begin",
  (kind) => {
    scope(() => {
      const net = network(kind);
      const [T, B] = [7, 3];
      const O = findGame("catch").create().spec.observation.size;
      using random = new RandomState(1, { device });
      const observations = random.uniform([T * B, O]);
      const starts = Uint8Array.from(
        { length: T * B },
        (_, at) => Number(at === 2 * B + 1 || at === 4 * B + 1 || at === 5 * B), // games 1, 1 and 0
      );
      const first = random.normal([B, net.stateSize]);
      const reset = tensor(starts, { shape: [T, B], device }).notEqual(0);
      const whole = net.forward(net.prepare(observations), { state: first, reset });
      let state = first;
      for (let t = 0; t < T; t++) {
        const rows = net.prepare(observations.slice([t * B, (t + 1) * B]));
        const step = net.forward(rows, { state, reset: reset.slice([t, t + 1]) });
        const expected = whole.q.slice([t * B, (t + 1) * B]).toTypedArray();
        for (const [i, q] of step.q.toTypedArray().entries()) expect(q).toBeCloseTo(expected[i], 5);
        state = step.state;
      }
      const last = whole.state.toTypedArray();
      for (const [i, s] of state.toTypedArray().entries()) expect(s).toBeCloseTo(last[i], 5);
      net.dispose();
    });
  },
);

test("[B23] an episode that begins forgets the state before it", () => {
  scope(() => {
    const net = network("lstm");
    const O = findGame("catch").create().spec.observation.size;
    using random = new RandomState(1, { device });
    const row = net.prepare(random.uniform([1, O]));
    const used = random.normal([1, net.stateSize]);
    const reset = tensor(Uint8Array.of(1), { shape: [1, 1], device }).notEqual(0);
    const kept = zeros([1, 1], { dtype: "bool", device });
    const begun = net.forward(row, { state: used, reset }).q.toTypedArray();
    const none = zeros([1, net.stateSize], { device });
    expect(begun).toEqual(net.forward(row, { state: none, reset: kept }).q.toTypedArray());
    expect(begun).not.toEqual(net.forward(row, { state: used, reset: kept }).q.toTypedArray());
    net.dispose();
  });
});

test("dueling: advantages have mean 0, so the mean of Q is V", () => {
  scope(() => {
    const net = network("gru");
    const heads = net.parameters().get("heads.bias");
    heads?.tensor.write(Float32Array.of(1, 2, 6, 10)); // A = 1, 2, 6; V = 10
    net.parameters().get("heads.weight")?.tensor.fill(0);
    const O = findGame("catch").create().spec.observation.size;
    const reset = zeros([1, 1], { dtype: "bool", device });
    const memory = { state: zeros([1, net.stateSize], { device }), reset };
    const q = net.forward(net.prepare(zeros([1, O], { device })), memory).q.toTypedArray();
    expect([...q]).toEqual([8, 9, 13]);
    net.dispose();
  });
});
