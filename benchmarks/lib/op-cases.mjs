/**
 * The ops of `pnpm bench ops`, Carom's side; peers/torch_ops.py has the same names. A case is made from the library, a
 * maker of inputs and a maker of recurrent weights, and gives the function that is timed. A case whose op the library
 * does not have gives undefined.
 */

/** @param T the tensor library @param make { floats(shape), positive(shape), ints(shape, below), device } */
export function opCases(T, make) {
  return {
    ...elementwise(T, make),
    ...indexing(T, make),
    ...layers(T, make),
    ...images(T, make),
    ...sequences(T, make),
    ...updates(T, make),
  };
}

/** What `build` gives, if the library has all of these ops. */
function needs(T, names, build) {
  return names.every((name) => T[name] !== undefined) ? build() : undefined;
}

/** Forward and gradient of the sum of `f` with respect to `params`. */
function trained(T, f, params) {
  return () => {
    T.valueAndGrad(() => f().sum(), params);
  };
}

function elementwise(T, { floats }) {
  const x = floats([1024, 1024]);
  const row = floats([1024]);
  const column = floats([1024, 1]);
  return {
    "exp [1024,1024]": needs(T, ["exp"], () => () => T.exp(x)),
    "tanh [1024,1024]": needs(T, ["tanh"], () => () => T.tanh(x)),
    "gelu [1024,1024]": needs(T, ["gelu"], () => () => T.gelu(x)),
    "silu [1024,1024]": needs(T, ["silu"], () => () => T.silu(x)),
    "add [1024,1024] + [1024]": () => T.add(x, row),
    "mul [1024,1024] * [1024,1]": () => T.mul(x, column),
    "add [32,64] (latency)": (() => {
      const [a, b] = [floats([32, 64]), floats([32, 64])];
      return () => T.add(a, b);
    })(),
    "sum, all": () => T.sum(x),
    "sum, axis 0": () => T.sum(x, 0),
    "sum, axis 1": () => T.sum(x, 1),
    "max, axis 1": () => T.max(x, 1),
    "argmax, axis 1": () => T.argmax(x, 1),
    "variance, axis 1": () => T.variance(x, 1),
    "softmax [1024,1024]": () => T.softmax(x),
    "logSoftmax [4096,16]": (() => {
      const logits = floats([4096, 16]);
      return () => T.logSoftmax(logits);
    })(),
    "cumsum, axis 1": needs(T, ["cumsum"], () => () => T.cumsum(x, 1)),
    "sort, axis 1": needs(T, ["sort"], () => () => T.sort(x, 1)),
    "topk 16, axis 1": needs(T, ["topk"], () => () => T.topk(x, 16, 1)),
  };
}

function indexing(T, { floats, ints }) {
  const x = floats([1024, 1024]);
  return {
    "transpose and copy": () => T.contiguous(T.transpose(x)),
    "concat, axis 1": () => T.concat([x, x], 1),
    "indexSelect 2048 rows": (() => {
      const index = ints([2048], 1024);
      return () => T.indexSelect(x, index);
    })(),
    "gather, axis 1": needs(T, ["gather"], () => {
      const index = ints([1024, 256], 1024);
      return () => T.gather(x, index, 1);
    }),
    "scatterAdd, axis 1": needs(T, ["scatterAdd"], () => {
      const index = ints([1024, 256], 1024);
      const source = floats([1024, 256]);
      return () => T.scatterAdd(x, index, source, 1);
    }),
    "embedding 8192 of [1000,128]": needs(T, ["embedding"], () => {
      const weight = floats([1000, 128]);
      const index = ints([8192], 1000);
      return () => T.embedding(weight, index);
    }),
  };
}

function layers(T, { floats, ints }) {
  const x = floats([1024, 1024]);
  const row = floats([1024]);
  const heads = () => floats([8, 4, 128, 32]);
  return {
    "matmul 16 x [128,128]": (() => {
      const [a, b] = [floats([16, 128, 128]), floats([16, 128, 128])];
      return () => T.matmul(a, b);
    })(),
    "linear [1024,256] to 256, relu, f+b": (() => {
      const [data, weight, bias] = [floats([1024, 256]), floats([256, 256]), floats([256])];
      const params = [data, weight, bias];
      return trained(T, () => T.linear(data, weight, bias, { activation: "relu" }), params);
    })(),
    "layerNorm [1024,1024]": needs(T, ["layerNorm"], () => () => T.layerNorm(x, row, row)),
    "layerNorm [2048,256], f+b": needs(T, ["layerNorm"], () => {
      const [data, weight, bias] = [floats([2048, 256]), floats([256]), floats([256])];
      return trained(T, () => T.layerNorm(data, weight, bias), [data, weight, bias]);
    }),
    "crossEntropy [1024,1000], f+b": needs(T, ["crossEntropy"], () => {
      const logits = floats([1024, 1000]);
      const target = ints([1024], 1000);
      return trained(T, () => T.crossEntropy(logits, target), [logits]);
    }),
    "attention [8,4,128,32], causal": needs(T, ["scaledDotProductAttention"], () => {
      const [q, k, v] = [heads(), heads(), heads()];
      return () => T.scaledDotProductAttention(q, k, v, { causal: true });
    }),
    "attention [8,4,128,32], causal, f+b": needs(T, ["scaledDotProductAttention"], () => {
      const [q, k, v] = [heads(), heads(), heads()];
      const options = { causal: true };
      return trained(T, () => T.scaledDotProductAttention(q, k, v, options), [q, k, v]);
    }),
  };
}

function images(T, { floats }) {
  const image = floats([32, 32, 28, 28]);
  return {
    "conv2d [32,32,28,28] to 64, 3x3": needs(T, ["conv2d"], () => {
      const [weight, bias] = [floats([64, 32, 3, 3]), floats([64])];
      return () => T.conv2d(image, weight, bias, { padding: 1 });
    }),
    "conv2d [32,32,28,28] to 64, 3x3, f+b": needs(T, ["conv2d"], () => {
      const [weight, bias] = [floats([64, 32, 3, 3]), floats([64])];
      const options = { padding: 1 };
      return trained(T, () => T.conv2d(image, weight, bias, options), [image, weight, bias]);
    }),
    "maxPool2d [32,32,28,28], 2": needs(T, ["maxPool2d"], () => () => T.maxPool2d(image, 2)),
  };
}

function sequences(T, { floats, positive }) {
  return {
    "gru [32,64,64], f+b": needs(T, ["gru"], () => {
      const [data, h0] = [floats([32, 64, 64]), floats([64, 64])];
      const weights = {
        weightIh: floats([192, 64]),
        weightHh: floats([192, 64]),
        biasIh: floats([192]),
        biasHh: floats([192]),
      };
      return trained(T, () => T.gru(data, h0, weights).output, [data, ...Object.values(weights)]);
    }),
    "minGruScan [64,256,128], f+b": needs(T, ["minGruScan"], () => {
      const [gate, candidate] = [floats([64, 256, 128]), floats([64, 256, 128])];
      const h0 = positive([256, 128]);
      return trained(T, () => T.minGruScan(gate, candidate, h0).output, [gate, candidate]);
    }),
  };
}

function updates(T, { floats, positive, device }) {
  const random = new T.RandomState(1, { device });
  return {
    "uniform [1024,1024]": () => random.uniform([1024, 1024]),
    "normal [1024,1024]": () => random.normal([1024, 1024]),
    "Adam, 1 M parameters": (() => {
      const state = {
        params: floats([1 << 20]),
        m: floats([1 << 20]),
        v: positive([1 << 20]),
        gradient: floats([1 << 20]),
        step: T.full([1], 0, { device, dtype: "int32" }),
        hyper: T.tensor(
          T.adamHyper({
            lr: 1e-4,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            maxGradNorm: 0,
            weightDecay: 0,
          }),
          { device },
        ),
        gradNorm: T.full([1], 0, { device }),
      };
      return () => T.clipAdam(state);
    })(),
  };
}
