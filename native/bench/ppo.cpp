// One minibatch step of PPO on a 118-64-64-(3+1) tanh network, recorded and replayed, and the
// forward pass of a rollout, as the tensor package issues them.
#include <cstdio>
#include <vector>

#include "bench/bench.h"
#include "test/driver.h"

using carom::test::Driver;
using carom::test::Operand;

namespace carom::bench {
namespace {

constexpr std::int64_t kObs = 118, kHidden = 64, kActions = 3, kHead = kActions + 1, kRows = 32768;

Operand vector_of(const Operand& matrix, std::int64_t column) {
  Operand out = matrix.sliced(1, column, 1);
  out.shape.pop_back();
  out.strides.pop_back();
  return out;
}

/// Weights and biases as views into one flat buffer.
struct Network {
  Operand flat;
  std::vector<Operand> weights, biases;

  explicit Network(Driver& d) {
    const std::int64_t sizes[] = {kObs, kHidden, kHidden, kHead};
    std::int64_t total = 0;
    for (int i = 0; i < 3; ++i) total += (sizes[i] + 1) * sizes[i + 1];
    flat = d.random({total}, 1, -0.1f, 0.1f);
    std::int64_t at = 0;
    for (int i = 0; i < 3; ++i) {
      const std::int64_t in = sizes[i], out = sizes[i + 1];
      weights.push_back({flat.handle, DType::float32, at, {out, in}, {in, 1}});
      at += in * out;
      biases.push_back({flat.handle, DType::float32, at, {out}, {1}});
      at += out;
    }
  }
};

struct Rollout {
  Operand obs, action, old_log_prob, advantage, returns, old_value;

  explicit Rollout(Driver& d)
      : obs(d.random({kRows, kObs}, 2)),
        action(d.ints({kRows}, std::vector<std::int32_t>(kRows, 1))),
        old_log_prob(d.random({kRows}, 3, -1.2f, -1)),
        advantage(d.random({kRows}, 4)),
        returns(d.random({kRows}, 5)),
        old_value(d.random({kRows}, 6)) {}
};

Operand gather(Driver& d, const Operand& x, const Operand& index) {
  std::vector<std::int64_t> shape = x.shape;
  shape[0] = index.shape[0];
  const Operand out = d.empty(shape, x.dtype);
  d.run("indexSelect", {x, index}, {out});
  return out;
}

Operand forward(Driver& d, const Network& net, const Operand& x, std::size_t layer,
                double activation) {
  const Operand y = d.empty({x.shape[0], net.weights[layer].shape[0]});
  d.run("linear", {x, net.weights[layer], net.biases[layer]}, {y}, {activation});
  return y;
}

/// Gradients of one layer, copied to their place in `flat`; returns the gradient of its input when
/// asked.
Operand backward(Driver& d, const Network& net, const Operand& grad, std::size_t layer,
                 const Operand& x, const Operand& y, const Operand& dy, double activation,
                 bool first) {
  const Operand dz = d.empty(dy.shape), db = d.empty({dy.shape[1]}),
                dw = d.empty(net.weights[layer].shape);
  d.run("linearBackward", {dy, y}, {dz, db}, {activation});
  Operand dx = dz;
  if (!first) {
    dx = d.empty(x.shape);
    d.run("matmul", {dz, net.weights[layer]}, {dx}, {0});
  }
  d.run("matmul", {dz.transposed(), x}, {dw}, {0});
  Operand w = net.weights[layer], b = net.biases[layer];
  w.handle = b.handle = grad.handle;
  d.run("copy", {dw}, {w});
  d.run("copy", {db}, {b});
  return dx;
}

double record_step(Driver& d, const Network& net, const Rollout& r, std::int64_t batch) {
  std::vector<std::int32_t> picks;
  for (std::int64_t i = 0; i < batch; ++i)
    picks.push_back(static_cast<std::int32_t>(i * 7919 % kRows));
  const Operand index = d.ints({batch}, picks);
  const std::int64_t size = net.flat.shape[0];
  const Operand m = d.floats({size}, std::vector<float>(static_cast<std::size_t>(size), 0));
  const Operand v = d.floats({size}, std::vector<float>(static_cast<std::size_t>(size), 0));
  const Operand step = d.ints({1}, {0}), norm = d.empty({1}), grad = d.empty({size}),
                stats = d.empty({8});
  const Operand coef = d.floats({8}, {0.2f, 0, 0.01f, 0.5f, 1, 0, 0, 0});
  const Operand hyper = d.floats({8}, {1e-4f, 0.9f, 0.999f, 1e-5f, 0.5f, 0, 0, 0});
  d.engine.begin_recording();
  const Operand x = gather(d, r.obs, index), action = gather(d, r.action, index);
  const Operand old_log_prob = gather(d, r.old_log_prob, index),
                advantage = gather(d, r.advantage, index);
  const Operand returns = gather(d, r.returns, index), old_value = gather(d, r.old_value, index);
  const Operand h1 = forward(d, net, x, 0, 2), h2 = forward(d, net, h1, 1, 2),
                head = forward(d, net, h2, 2, 0);
  const Operand dhead = d.empty(head.shape);
  d.run("ppoLoss",
        {head.sliced(1, 0, kActions), vector_of(head, kActions), action, old_log_prob, advantage,
         returns, old_value, coef},
        {stats, dhead.sliced(1, 0, kActions), vector_of(dhead, kActions)});
  const Operand dh2 = backward(d, net, grad, 2, h2, head, dhead, 0, false);
  const Operand dh1 = backward(d, net, grad, 1, h1, h2, dh2, 2, false);
  backward(d, net, grad, 0, x, h1, dh1, 2, true);
  d.run("clipAdam", {grad, hyper}, {net.flat, m, v, step, norm});
  return d.engine.end_recording();
}

void report_step(int threads, std::int64_t batch, double peak) {
  Driver d(threads);
  const Network net(d);
  const Rollout rollout(d);
  const double program = record_step(d, net, rollout, batch);
  const double time = best_of([&] { d.engine.replay(program); }, 1.0);
  double flops = 0;
  for (const StepFacts& step : d.engine.describe(program)) flops += step.flops;
  std::printf("PPO step, batch %5lld, %d thread(s): %7.1f us, %4.0f GFLOP/s (%.0f %% of peak)\n",
              static_cast<long long>(batch), threads, time * 1e6, flops / time * 1e-9,
              100 * flops / time * 1e-9 / peak / threads);
}

void report_forward(int threads, std::int64_t batch) {
  Driver d(threads);
  const Network net(d);
  const Operand x = d.random({batch, kObs}, 1), state = d.ints({4}, {1, 2, 0, 0});
  const Operand action = d.empty({batch}, DType::int32), log_prob = d.empty({batch});
  d.engine.begin_recording();
  const Operand h1 = forward(d, net, x, 0, 2), h2 = forward(d, net, h1, 1, 2),
                head = forward(d, net, h2, 2, 0);
  d.run("categoricalSample", {head.sliced(1, 0, kActions), state}, {action, log_prob}, {0});
  const double program = d.engine.end_recording();
  const double time = best_of([&] { d.engine.replay(program); });
  std::printf("rollout forward, batch %4lld, %d thread(s): %6.1f us\n",
              static_cast<long long>(batch), threads, time * 1e6);
}

}  // namespace

void bench_ppo(int threads) {
  const double peak = fma_peak();
  for (const std::int64_t batch : {256, 2048, 8192}) report_step(threads, batch, peak);
  for (const std::int64_t batch : {1, 64, 128, 256, 1024}) report_forward(threads, batch);
}

}  // namespace carom::bench
