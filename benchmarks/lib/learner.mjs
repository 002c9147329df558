/** Carom's side of the learner benchmarks: the same network, batch and loss that the peers are given. */
import { Adam, flatten, mlp } from "@carom/nn";
import {
  capture,
  categoricalSample,
  noGrad,
  ppoCoefficients,
  ppoLoss,
  RandomState,
  scope,
  tensor,
  valueAndGrad,
} from "@carom/tensor";
import { actions, inputs } from "./workload.mjs";

/** @param device an open device @param {number} hidden @param work from `workload` */
export function createLearner(device, hidden, work) {
  const random = new RandomState(1, { device });
  const network = mlp([inputs, hidden, hidden, actions + 1], { random, activation: "tanh" });
  const parameters = flatten(network);
  const options = { lr: 1e-3, eps: 1e-5, maxGradNorm: 0.5 };
  const optimizer = new Adam(parameters, options);
  const rows = work.action.length;
  const put = (data, shape = [rows]) => tensor(data, { shape, device });
  const observations = put(work.observations, [rows, inputs]);
  const batch = {
    action: put(work.action),
    oldLogProb: put(work.oldLogProb),
    advantage: put(work.advantage),
    returns: put(work.returns),
    oldValue: put(new Float32Array(rows)),
    coefficients: put(
      ppoCoefficients({
        clip: 0.2,
        valueClip: 0,
        entropyCoef: 0.01,
        valueCoef: 0.5,
        normalizeAdvantage: true,
      }),
      [8],
    ),
  };
  const evaluate = () => {
    const out = network.forward(observations); // [B, A + 1]
    return { logits: out.slice(null, [0, actions]), value: out.slice(null, actions) };
  };
  const step = () => {
    const { grads, value } = valueAndGrad(
      () => ppoLoss({ ...evaluate(), ...batch }),
      parameters.tensors,
    );
    optimizer.step(grads);
    return value;
  };
  const sample = () => {
    const { logits, value } = evaluate();
    return { ...categoricalSample(logits, random), value };
  };
  const recordedStep = capture(device, step);
  const recordedForward = capture(device, () => noGrad(evaluate));
  const recordedSample = capture(device, () => noGrad(sample));
  // Recording ran a step: start again from the parameters that the peers have.
  parameters.flat.write(work.parameters);
  optimizer.restore({ step: 0, m: zeros(parameters.size), v: zeros(parameters.size) });
  return {
    step: timed(() => recordedStep.replay()),
    eagerStep: timed(() => scope(() => void step())),
    forward: timed(() => recordedForward.replay()),
    eagerForward: timed(() => scope(() => void noGrad(evaluate))),
    sample: timed(() => recordedSample.replay()),
    /** The loss of the last recorded step. */
    loss: () => recordedStep.outputs.item(),
  };
}

function zeros(count) {
  return new Float32Array(count);
}

/** Seconds that `count` calls take. */
function timed(call) {
  return (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) call();
    return (performance.now() - start) / 1000;
  };
}
