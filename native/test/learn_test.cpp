// ppoLoss and clipAdam against the formulas in double; the gradient also against finite
// differences.
#include <array>
#include <limits>

#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

struct Batch {
  std::int64_t rows, actions;
  std::vector<float> logits, value, old_log_prob, advantage, returns, old_value, coef;
  std::vector<std::int32_t> action;
};

struct Moments {
  double mean = 0, deviation = 0;
};

Moments moments(const std::vector<float>& x) {
  Moments m;
  const double n = static_cast<double>(x.size());
  double squares = 0;
  for (const float v : x) m.mean += v / n;
  for (const float v : x) squares += (v - m.mean) * (v - m.mean);
  if (x.size() > 1) m.deviation = std::sqrt(squares / (n - 1));
  return m;
}

/// What sample i adds to {loss, policy, value, entropy, kl, clipped}: the terms of ops/ppo_loss.h.
std::array<double, 6> sample_terms(const Batch& b, const Moments& m, std::size_t i,
                                   const double* logits, double value) {
  const auto actions = static_cast<std::size_t>(b.actions);
  double total = 0, entropy = 0;
  for (std::size_t a = 0; a < actions; ++a) total += std::exp(logits[a]);
  for (std::size_t a = 0; a < actions; ++a)
    entropy -= std::exp(logits[a]) / total * (logits[a] - std::log(total));
  const double log_ratio = logits[b.action[i]] - std::log(total) - b.old_log_prob[i];
  const double ratio = std::exp(log_ratio), clip = b.coef[0];
  double advantage = b.advantage[i];
  if (b.coef[4] != 0 && b.rows > 1) advantage = (advantage - m.mean) / (m.deviation + 1e-8);
  const double bounded = std::min(std::max(ratio, 1 - clip), 1 + clip);
  const double policy = std::max(-advantage * ratio, -advantage * bounded);
  double error = (value - b.returns[i]) * (value - b.returns[i]);
  if (b.coef[1] > 0) {
    const double limit = b.coef[1];
    const double moved =
        b.old_value[i] + std::min(std::max(value - b.old_value[i], -limit), limit) - b.returns[i];
    error = std::max(error, moved * moved);
  }
  const double loss = policy + b.coef[3] * 0.5 * error - b.coef[2] * entropy;
  return {loss,
          policy,
          0.5 * error,
          entropy,
          ratio - 1 - log_ratio,
          std::abs(ratio - 1) > clip ? 1.0 : 0.0};
}

std::vector<double> statistics(const Batch& b) {
  const Moments m = moments(b.advantage);
  std::vector<double> out(8);
  const std::vector<double> logits(b.logits.begin(), b.logits.end());
  for (std::int64_t i = 0; i < b.rows; ++i) {
    const auto row = static_cast<std::size_t>(i);
    const auto terms =
        sample_terms(b, m, row, &logits[row * static_cast<std::size_t>(b.actions)], b.value[row]);
    for (std::size_t t = 0; t < terms.size(); ++t) out[t] += terms[t] / static_cast<double>(b.rows);
  }
  out[6] = m.mean;
  out[7] = m.deviation;
  return out;
}

std::vector<float> draw(Driver& d, std::int64_t n, std::uint32_t seed, float low, float high) {
  return d.read(d.random({n}, seed, low, high));
}

Batch make_batch(Driver& d, std::int64_t rows, std::int64_t actions, bool clip_value,
                 bool normalize) {
  Batch b;
  b.rows = rows;
  b.actions = actions;
  b.logits = draw(d, rows * actions, 1, -2, 2);
  b.value = draw(d, rows, 2, -1, 1);
  b.advantage = draw(d, rows, 3, -3, 2);
  b.returns = draw(d, rows, 4, -1, 1);
  b.old_value = draw(d, rows, 5, -1, 1);
  b.old_log_prob = draw(d, rows, 6, -2.5f, -0.1f);
  for (std::int64_t i = 0; i < rows; ++i)
    b.action.push_back(static_cast<std::int32_t>(i * 7 % actions));
  b.coef = {0.2f, clip_value ? 0.3f : 0.0f, 0.01f, 0.5f, normalize ? 1.0f : 0.0f, 0, 0, 0};
  return b;
}

/// Central differences of the loss, by the logits (of_logits) or by the values. A sample's inputs
/// reach only its own terms.
std::vector<double> central_difference(const Batch& b, bool of_logits) {
  constexpr double kStep = 1e-5;
  const Moments m = moments(b.advantage);
  const auto actions = static_cast<std::size_t>(b.actions);
  std::vector<double> slope;
  for (std::size_t i = 0; i < static_cast<std::size_t>(b.rows); ++i) {
    std::vector<double> row(b.logits.begin() + static_cast<std::ptrdiff_t>(i * actions),
                            b.logits.begin() + static_cast<std::ptrdiff_t>((i + 1) * actions));
    double value = b.value[i];
    for (std::size_t j = 0; j < (of_logits ? actions : 1); ++j) {
      double& x = of_logits ? row[j] : value;
      const double keep = x;
      x = keep + kStep;
      const double up = sample_terms(b, m, i, row.data(), value)[0];
      x = keep - kStep;
      const double down = sample_terms(b, m, i, row.data(), value)[0];
      x = keep;
      slope.push_back((up - down) / (2 * kStep) / static_cast<double>(b.rows));
    }
  }
  return slope;
}

}  // namespace

TEST("ppoLoss: statistics by the formula, gradients by finite differences") {
  Driver d(setup);
  for (const auto& [rows, actions] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {1, 3}, {5, 2}, {37, 3}, {100, 18}, {70, 40}}) {
    for (const int mode : {0, 1, 2, 3}) {
      const Batch b = make_batch(d, rows, actions, (mode & 1) != 0, (mode & 2) != 0);
      // Logits and value side by side in one buffer, as a merged head gives them.
      const Operand head = d.empty({rows, actions + 1}), dhead = d.empty({rows, actions + 1});
      const Operand logits = head.sliced(1, 0, actions), dlogits = dhead.sliced(1, 0, actions);
      Operand value = head.sliced(1, actions, 1), dvalue = dhead.sliced(1, actions, 1);
      for (Operand* v : {&value, &dvalue}) {
        v->shape.pop_back();
        v->strides.pop_back();
      }
      d.run("copy", {d.floats({rows, actions}, b.logits)}, {logits});
      d.run("copy", {d.floats({rows}, b.value)}, {value});
      const Operand stats = d.empty({8});
      d.run("ppoLoss",
            {logits, value, d.ints({rows}, b.action), d.floats({rows}, b.old_log_prob),
             d.floats({rows}, b.advantage), d.floats({rows}, b.returns),
             d.floats({rows}, b.old_value), d.floats({8}, b.coef)},
            {stats, dlogits, dvalue});
      CHECK_CLOSE(d.read(stats), statistics(b), 2e-5, 2e-6);
      CHECK_CLOSE(d.read(dlogits), central_difference(b, true), 1e-4, 2e-6);
      CHECK_CLOSE(d.read(dvalue), central_difference(b, false), 1e-4, 1e-6);
    }
  }
}

TEST("ppoLoss reports an action that does not exist") {
  Driver d(setup);
  Batch b = make_batch(d, 40, 3, false, true);
  b.action[39] = 3;
  const Operand f = d.floats({40}, b.value), stats = d.empty({8});
  CHECK_ERROR(invalid_argument, d.run("ppoLoss",
                                      {d.floats({40, 3}, b.logits), f, d.ints({40}, b.action), f, f,
                                       f, f, d.floats({8}, b.coef)},
                                      {stats, d.empty({40, 3}), d.empty({40})}));
}

TEST("clipAdam follows the formulas over several steps") {
  Driver d(setup);
  const std::int64_t n = 5003;
  const Operand p = d.random({n}, 1), m = d.floats({n}, std::vector<float>(n, 0)),
                v = d.floats({n}, std::vector<float>(n, 0));
  const Operand step = d.ints({1}, {0}), norm = d.empty({1});
  const std::vector<double> hyper = {1e-2, 0.9, 0.999, 1e-8, 3.0, 0.1};
  const Operand h = d.floats({8}, {1e-2f, 0.9f, 0.999f, 1e-8f, 3.0f, 0.1f, 0, 0});
  const auto start = d.read(p);
  std::vector<double> ep(start.begin(), start.end()), em(n, 0), ev(n, 0);
  for (int t = 1; t <= 5; ++t) {
    const Operand grad = d.random({n}, 10 + static_cast<std::uint32_t>(t));
    const auto g = d.read(grad);
    double total = 0;
    for (const float x : g) total += static_cast<double>(x) * x;
    const double scale = std::min(1.0, hyper[4] / (std::sqrt(total) + 1e-6));
    for (std::size_t i = 0; i < g.size(); ++i) {
      const double x = g[i] * scale;
      em[i] = hyper[1] * em[i] + (1 - hyper[1]) * x;
      ev[i] = hyper[2] * ev[i] + (1 - hyper[2]) * x * x;
      const double denominator = std::sqrt(ev[i]) / std::sqrt(1 - std::pow(hyper[2], t)) + hyper[3];
      ep[i] = ep[i] * (1 - hyper[0] * hyper[5]) -
              hyper[0] / (1 - std::pow(hyper[1], t)) * em[i] / denominator;
    }
    d.run("clipAdam", {grad, h}, {p, m, v, step, norm});
    CHECK_CLOSE(d.read(p), ep, 1e-5, 1e-6);
    CHECK_CLOSE(d.read(norm), std::vector<double>{std::sqrt(total)}, 1e-6, 0);
    CHECK_EQUAL(d.read_ints(step)[0], t);
  }
}

TEST("clipAdam skips a gradient that is not finite") {
  Driver d(setup);
  const Operand p = d.random({100}, 1), m = d.random({100}, 2), v = d.random({100}, 3, 0, 1);
  const Operand step = d.ints({1}, {7}), norm = d.empty({1});
  const Operand h = d.floats({8}, {1e-2f, 0.9f, 0.999f, 1e-8f, 0, 0, 0, 0});
  std::vector<float> g(100, 1);
  g[57] = std::numeric_limits<float>::infinity();
  const auto before = d.read(p);
  d.run("clipAdam", {d.floats({100}, g), h}, {p, m, v, step, norm});
  CHECK(d.read(p) == before);
  CHECK_EQUAL(d.read_ints(step)[0], 7);
  CHECK(std::isinf(d.read(norm)[0]));
}
