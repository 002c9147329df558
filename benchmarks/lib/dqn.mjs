/** Carom's side of the DQN benchmark: online and target network, replay minibatch, Huber loss, Adam. */
import { Adam, flatten, mlp } from "@carom/nn";
import { capture, dqnLoss, noGrad, RandomState, scope, tensor, valueAndGrad } from "@carom/tensor";

const gamma = 0.99;
/**
 * So small that the same minibatch stays a problem over hundred thousands of updates: once it is solved, gradients
 * become denormal numbers, with which processors take many times longer than in real training.
 */
const learningRate = 1e-7;

/** One minibatch and the parameters of both networks, the same numbers for every contestant. */
export function dqnWork({ batch, inputs, hidden, actions }) {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const floats = (count, scale) =>
    Float32Array.from({ length: count }, () => scale * (2 * uniform() - 1));
  const layers = [
    [inputs, hidden],
    [hidden, hidden],
    [hidden, actions],
  ];
  const parts = layers.flatMap(([from, to]) => [
    floats(to * from, 1 / Math.sqrt(from)),
    new Float32Array(to),
  ]);
  return {
    parameters: Float32Array.from(parts.flatMap((part) => [...part])),
    observations: floats(batch * inputs, 1),
    nextObservations: floats(batch * inputs, 1),
    action: Int32Array.from({ length: batch }, () => Math.floor(uniform() * actions)),
    reward: floats(batch, 1),
    done: Float32Array.from({ length: batch }, () => (uniform() < 0.1 ? 1 : 0)),
  };
}

/** @param device an open device @param shape as `dqnWork` takes it @param work from `dqnWork` */
export function createDqn(device, { batch, inputs, hidden, actions }, work) {
  const random = new RandomState(1, { device });
  const network = () => mlp([inputs, hidden, hidden, actions], { random, activation: "relu" });
  const online = network();
  const target = network();
  const parameters = flatten(online);
  const targetParameters = flatten(target);
  const optimizer = new Adam(parameters, { lr: learningRate, eps: 1e-8 });
  const put = (data, shape = [batch]) => tensor(data, { shape, device });
  const observations = put(work.observations, [batch, inputs]);
  const nextObservations = put(work.nextObservations, [batch, inputs]);
  const action = put(work.action);
  const reward = put(work.reward);
  const discount = put(work.done.map((done) => gamma * (1 - done)));

  const loss = () => {
    const goal = noGrad(() => target.forward(nextObservations).max(-1).mul(discount).add(reward));
    return dqnLoss({ q: online.forward(observations), action, target: goal }).loss;
  };
  const step = () => {
    const { grads, value } = valueAndGrad(loss, parameters.tensors);
    optimizer.step(grads);
    return value;
  };
  const recorded = capture(device, step);
  const restore = () => {
    parameters.flat.write(work.parameters);
    targetParameters.flat.write(work.parameters);
    const zeros = () => new Float32Array(parameters.size);
    optimizer.restore({ step: 0, m: zeros(), v: zeros() });
  };
  restore();
  return {
    step: timed(() => recorded.replay()),
    eagerStep: timed(() => scope(() => void step())),
    /** The loss of the last recorded step. */
    loss: () => recorded.outputs.item(),
    restore,
  };
}

/** Seconds that `count` calls take. */
function timed(call) {
  return (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) call();
    return (performance.now() - start) / 1000;
  };
}
