/**
 * The convolutional network of Mnih et al. 2015 as a benchmark: Carom's side, its parameters and images, and how a PyTorch
 * peer (peers/torch_cnn.py) is given the same ones.
 */
import { capture, conv2d, linear, noGrad, scope, tensor, valueAndGrad } from "@carom/tensor";
import { encode } from "./peer.mjs";

/** Outputs: four logits and a value. */
export const heads = 5;
/** The layers, `width` times as wide as in the paper. */
function layersOf(width) {
  const [c1, c2, c3, dense] = [32, 64, 64, 512].map((count) => count * width);
  return [
    { shape: [c1, 4, 8, 8], stride: 4 },
    { shape: [c2, c1, 4, 4], stride: 2 },
    { shape: [c3, c2, 3, 3], stride: 1 },
    { shape: [dense, c3 * 49] },
    { shape: [heads, dense] },
  ];
}

/** Parameters of every layer in turn, weight then bias, and images of bytes; the same every time. */
export function natureWork(batch, width = 1) {
  const layers = layersOf(width);
  let state = 1;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const parts = layers.flatMap(({ shape: [outputs, ...rest] }) => {
    const inputs = rest.reduce((product, size) => product * size, 1);
    const bound = Math.sqrt(6 / inputs);
    const weight = Float32Array.from(
      { length: outputs * inputs },
      () => bound * (2 * random() - 1),
    );
    return [...weight, ...new Float32Array(outputs).fill(0.01)];
  });
  const images = Uint8Array.from({ length: batch * 4 * 84 * 84 }, () => 256 * random());
  return { parameters: Float32Array.from(parts), images, layers };
}

/**
 * The network with its images; every function runs so many times and gives the seconds.
 *
 * @param device an open device @param work from `natureWork` @param {"uint8" | "float32"} input  kind of the images
 */
export function createNetwork(device, work, batch, input) {
  const put = (data, shape) => tensor(data, { shape, device });
  let at = 0;
  const parameters = work.layers.flatMap(({ shape }) =>
    [shape, [shape[0]]].map((one) => {
      const count = one.reduce((product, size) => product * size, 1);
      at += count;
      return put(work.parameters.slice(at - count, at), one);
    }),
  );
  const images = scope(() => {
    const channelsFirst = put(work.images, [batch, 4, 84, 84]);
    const bytes = channelsFirst.permute([0, 2, 3, 1]).clone();
    return (input === "uint8" ? bytes : bytes.cast("float32").mul(1 / 255)).permute([0, 3, 1, 2]);
  });
  const forward = () => {
    const scale = input === "uint8" ? { inputScale: 1 / 255 } : {};
    const [w1, b1, w2, b2, w3, b3, w4, b4, w5, b5] = parameters;
    let h = conv2d(images, w1, b1, { stride: 4, activation: "relu", ...scale }); // [B, 32, 20, 20]
    h = conv2d(h, w2, b2, { stride: 2, activation: "relu" }); // [B, 64, 9, 9]
    h = conv2d(h, w3, b3, { activation: "relu" }); // [B, 64, 7, 7]
    h = linear(h.reshape([batch, -1]), w4, b4, { activation: "relu" }); // [B, 512]
    return linear(h, w5, b5); // [B, heads]
  };
  const step = () => valueAndGrad(() => forward().square().mean(), parameters);
  const recordedForward = capture(device, () => noGrad(forward));
  const recordedStep = capture(device, step);
  return {
    forward: timed(() => recordedForward.replay()),
    forwardEager: timed(() => scope(() => void noGrad(forward))),
    step: timed(() => recordedStep.replay()),
    stepEager: timed(() => scope(() => void step())),
    loss() {
      recordedStep.replay();
      return recordedStep.outputs.value.item();
    },
    /** Returns when the device has done all it was given. */
    wait: () => void recordedStep.outputs.value.item(),
    dispose() {
      recordedForward.dispose();
      recordedStep.dispose();
      for (const one of [images, ...parameters]) one.dispose();
    },
  };
}

/**
 * Gives the network to a peer in every format that it can run; the losses must agree.
 *
 * @param peer from startPeer("torch_cnn.py") @param {{ batch: number, input: string, compiled: boolean }} kind
 * @param {number} loss  of `createNetwork` @param {Set<string>} notes  what did not run is told there
 * @returns {Promise<string[]>} the names of the formats
 */
export async function setUpPeer(peer, work, { batch, input, compiled }, loss, notes) {
  const formats = [];
  for (const format of ["default", "channelsLast", ...(compiled ? ["compiled"] : [])]) {
    const arrays = { parameters: encode(work.parameters), images: encode(work.images) };
    const answer = await peer.ask({
      do: "setup",
      name: format,
      batch,
      input,
      format,
      heads,
      ...arrays,
    });
    if (answer.reason) {
      notes.add(`torch.compile did not run here: ${answer.reason}`);
      continue;
    }
    if (Math.abs(loss - answer.loss) > 1e-4 * Math.max(1, Math.abs(loss))) {
      throw new Error(`the losses differ (Carom ${loss}, PyTorch ${answer.loss})`);
    }
    formats.push(format);
  }
  return formats;
}

/** Seconds that `count` calls take. */
function timed(call) {
  return (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) call();
    return (performance.now() - start) / 1000;
  };
}
