// ppoLoss and clipAdam against the formulas in double; the gradient also against finite differences.
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

struct Loss {
  double stats[8];
};

/// The loss of ops/ppo_loss.h, term by term.
Loss ppo(const Batch& b, const std::vector<double>& logits, const std::vector<double>& value) {
  Loss out{};
  const auto n = static_cast<std::size_t>(b.rows), A = static_cast<std::size_t>(b.actions);
  double mean = 0, squares = 0;
  for (const float a : b.advantage) mean += a / static_cast<double>(n);
  for (const float a : b.advantage) squares += (a - mean) * (a - mean);
  const double deviation = n > 1 ? std::sqrt(squares / static_cast<double>(n - 1)) : 0;
  for (std::size_t i = 0; i < n; ++i) {
    double total = 0, entropy = 0;
    for (std::size_t a = 0; a < A; ++a) total += std::exp(logits[i * A + a]);
    for (std::size_t a = 0; a < A; ++a) {
      const double p = std::exp(logits[i * A + a]) / total;
      entropy -= p * std::log(p);
    }
    const double log_ratio = logits[i * A + static_cast<std::size_t>(b.action[i])] - std::log(total) - b.old_log_prob[i];
    const double ratio = std::exp(log_ratio), clip = b.coef[0];
    double advantage = b.advantage[i];
    if (b.coef[4] != 0 && n > 1) advantage = (advantage - mean) / (deviation + 1e-8);
    const double bounded = std::min(std::max(ratio, 1 - clip), 1 + clip);
    double error = (value[i] - b.returns[i]) * (value[i] - b.returns[i]);
    if (b.coef[1] > 0) {
      const double limit = b.coef[1];
      const double moved = b.old_value[i] + std::min(std::max(value[i] - b.old_value[i], -limit), limit) - b.returns[i];
      error = std::max(error, moved * moved);
    }
    out.stats[1] += std::max(-advantage * ratio, -advantage * bounded) / static_cast<double>(n);
    out.stats[2] += 0.5 * error / static_cast<double>(n);
    out.stats[3] += entropy / static_cast<double>(n);
    out.stats[4] += (ratio - 1 - log_ratio) / static_cast<double>(n);
    out.stats[5] += (std::abs(ratio - 1) > clip ? 1.0 : 0.0) / static_cast<double>(n);
  }
  out.stats[6] = mean;
  out.stats[7] = deviation;
  out.stats[0] = out.stats[1] + b.coef[3] * out.stats[2] - b.coef[2] * out.stats[3];
  return out;
}

std::vector<float> draw(Driver& d, std::int64_t n, std::uint32_t seed, float low, float high) {
  return d.read(d.random({n}, seed, low, high));
}

Batch make_batch(Driver& d, std::int64_t rows, std::int64_t actions, bool clip_value, bool normalize) {
  Batch b;
  b.rows = rows;
  b.actions = actions;
  b.logits = draw(d, rows * actions, 1, -2, 2);
  b.value = draw(d, rows, 2, -1, 1);
  b.advantage = draw(d, rows, 3, -3, 2);
  b.returns = draw(d, rows, 4, -1, 1);
  b.old_value = draw(d, rows, 5, -1, 1);
  b.old_log_prob = draw(d, rows, 6, -2.5f, -0.1f);
  for (std::int64_t i = 0; i < rows; ++i) b.action.push_back(static_cast<std::int32_t>(i * 7 % actions));
  b.coef = {0.2f, clip_value ? 0.3f : 0.0f, 0.01f, 0.5f, normalize ? 1.0f : 0.0f, 0, 0, 0};
  return b;
}

std::vector<double> central_difference(const Batch& b, std::vector<double> logits, std::vector<double> value,
                                       bool of_logits) {
  std::vector<double>& x = of_logits ? logits : value;
  std::vector<double> slope;
  constexpr double kStep = 1e-5;
  for (double& v : x) {
    const double keep = v;
    v = keep + kStep;
    const double up = ppo(b, logits, value).stats[0];
    v = keep - kStep;
    const double down = ppo(b, logits, value).stats[0];
    v = keep;
    slope.push_back((up - down) / (2 * kStep));
  }
  return slope;
}

}  // namespace

TEST("ppoLoss: statistics by the formula, gradients by finite differences") {
  Driver d(setup.threads, setup.isa);
  for (const auto& [rows, actions] : std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 3}, {5, 2}, {37, 3}, {100, 18}, {70, 40}}) {
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
            {logits, value, d.ints({rows}, b.action), d.floats({rows}, b.old_log_prob), d.floats({rows}, b.advantage),
             d.floats({rows}, b.returns), d.floats({rows}, b.old_value), d.floats({8}, b.coef)},
            {stats, dlogits, dvalue});
      const std::vector<double> z(b.logits.begin(), b.logits.end()), v(b.value.begin(), b.value.end());
      const Loss expected = ppo(b, z, v);
      CHECK_CLOSE(d.read(stats), std::vector<double>(expected.stats, expected.stats + 8), 2e-5, 2e-6);
      CHECK_CLOSE(d.read(dlogits), central_difference(b, z, v, true), 1e-4, 2e-6);
      CHECK_CLOSE(d.read(dvalue), central_difference(b, z, v, false), 1e-4, 1e-6);
    }
  }
}

TEST("ppoLoss reports an action that does not exist") {
  Driver d(setup.threads, setup.isa);
  Batch b = make_batch(d, 40, 3, false, true);
  b.action[39] = 3;
  const Operand f = d.floats({40}, b.value), stats = d.empty({8});
  CHECK_ERROR(invalid_argument,
              d.run("ppoLoss", {d.floats({40, 3}, b.logits), f, d.ints({40}, b.action), f, f, f, f, d.floats({8}, b.coef)},
                    {stats, d.empty({40, 3}), d.empty({40})}));
}

TEST("clipAdam follows the formulas over several steps") {
  Driver d(setup.threads, setup.isa);
  const std::int64_t n = 5003;
  const Operand p = d.random({n}, 1), m = d.floats({n}, std::vector<float>(n, 0)), v = d.floats({n}, std::vector<float>(n, 0));
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
      ep[i] = ep[i] * (1 - hyper[0] * hyper[5]) - hyper[0] / (1 - std::pow(hyper[1], t)) * em[i] / denominator;
    }
    d.run("clipAdam", {grad, h}, {p, m, v, step, norm});
    CHECK_CLOSE(d.read(p), ep, 1e-5, 1e-6);
    CHECK_CLOSE(d.read(norm), std::vector<double>{std::sqrt(total)}, 1e-6, 0);
    CHECK_EQUAL(d.read_ints(step)[0], t);
  }
}

TEST("clipAdam skips a gradient that is not finite") {
  Driver d(setup.threads, setup.isa);
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
