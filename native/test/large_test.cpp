// Losses and steps of sizes that one block of a GPU does not hold, against formulas in double.
#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

std::vector<std::int32_t> cycle(std::int64_t count, std::int64_t step, std::int64_t limit) {
  std::vector<std::int32_t> out;
  for (std::int64_t i = 0; i < count; ++i)
    out.push_back(static_cast<std::int32_t>(i * step % limit));
  return out;
}

}  // namespace

TEST("dqnLoss: loss, errors and gradient of many rows; a missing action is reported") {
  Driver d(setup);
  const std::int64_t rows = 3001, actions = 18;
  const Operand q = d.random({rows, actions}, 1, -2, 2), target = d.random({rows}, 2, -2, 2);
  const Operand weight = d.random({rows}, 3, 0, 1);
  const Operand loss = d.empty({}), error = d.empty({rows}), slope = d.empty({rows, actions});
  auto action = cycle(rows, 7, actions);
  for (const double delta : {0.0, 1.0}) {
    d.run("dqnLoss", {q, d.ints({rows}, action), target, weight}, {loss, error, slope}, {delta});
    const auto qs = d.read(q), targets = d.read(target), weights = d.read(weight);
    double total = 0;
    std::vector<double> errors, slopes(qs.size());
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const std::size_t at = i * actions + static_cast<std::size_t>(action[i]);
      const double e = static_cast<double>(qs[at]) - targets[i], size = std::abs(e);
      const bool beyond = delta > 0 && size > delta;
      total += weights[i] * (beyond ? delta * (size - 0.5 * delta) : 0.5 * e * e) / rows;
      slopes[at] = weights[i] * (beyond ? (e < 0 ? -delta : delta) : e) / rows;
      errors.push_back(e);
    }
    CHECK_CLOSE(d.read(loss), std::vector<double>{total}, 1e-5, 0);
    CHECK_CLOSE(d.read(error), errors, 1e-6, 1e-6);
    CHECK_CLOSE(d.read(slope), slopes, 1e-5, 1e-9);
  }
  action[3000] = -1;
  CHECK_ERROR(invalid_argument,
              d.run("dqnLoss", {q, d.ints({rows}, action), target}, {loss, error, slope}, {1}));
}

TEST("crossEntropy of short and very long rows, with smoothing, by class and by distribution") {
  Driver d(setup);
  for (const auto& [rows, classes] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 1}, {700, 3}, {33, 130}, {5, 5003}}) {
    const Operand x = d.random({rows, classes}, 1, -5, 5), losses = d.empty({rows});
    const Operand sum = d.empty({}), slope = d.empty({rows, classes});
    const auto target = cycle(rows, 7, classes);
    std::vector<float> shares(static_cast<std::size_t>(rows * classes));
    for (std::size_t r = 0; r < target.size(); ++r)
      shares[r * static_cast<std::size_t>(classes) + static_cast<std::size_t>(target[r])] = 1;
    const auto xs = d.read(x);
    const auto width = static_cast<std::size_t>(classes);
    std::vector<double> wanted, slopes(xs.size());
    double total = 0;
    for (std::size_t r = 0; r < target.size(); ++r) {
      double exps = 0, loss = 0;
      for (std::size_t c = 0; c < width; ++c) exps += std::exp(xs[r * width + c]);
      for (std::size_t c = 0; c < width; ++c) {
        const double share = 0.75 * shares[r * width + c] + 0.25 / static_cast<double>(classes);
        loss += share * (std::log(exps) - xs[r * width + c]);
        slopes[r * width + c] = std::exp(xs[r * width + c]) / exps - share;
      }
      wanted.push_back(loss);
      total += loss;
    }
    for (const Operand& t : {d.ints({rows}, target), d.floats({rows, classes}, shares)}) {
      d.run("crossEntropy", {x, t}, {losses}, {0, 0.25, 0, 0});
      CHECK_CLOSE(d.read(losses), wanted, 1e-5, 1e-5);
      d.run("crossEntropy", {x, t}, {sum, slope}, {1, 0.25, 0, 0});
      CHECK_CLOSE(d.read(sum), std::vector<double>{total}, 1e-5, 1e-5);
      CHECK_CLOSE(d.read(slope), slopes, 1e-4, 1e-6);
    }
  }
}

TEST("ppoLoss normalises many advantages that lie far from 0") {
  Driver d(setup);
  const std::int64_t rows = 5003;
  const Operand logits = d.floats({rows, 2}, std::vector<float>(2 * rows, 0.5f));
  const Operand advantage = d.random({rows}, 1, 1000, 1001),
                zero = d.floats({rows}, std::vector<float>(rows, 0));
  const Operand old = d.floats({rows}, std::vector<float>(rows, -0.693147181f));
  const Operand stats = d.empty({8}), dlogits = d.empty({rows, 2}), dvalue = d.empty({rows});
  d.run("ppoLoss",
        {logits, zero, d.ints({rows}, cycle(rows, 1, 2)), old, advantage, zero, zero,
         d.floats({8}, {0.2f, 0, 0, 0, 1, 0, 0, 0})},
        {stats, dlogits, dvalue});
  const auto xs = d.read(advantage);
  double mean = 0, squares = 0;
  for (const float x : xs) mean += static_cast<double>(x) / rows;
  for (const float x : xs) squares += (x - mean) * (x - mean);
  const double deviation = std::sqrt(squares / (rows - 1));
  const auto got = d.read(stats);
  CHECK_CLOSE(std::vector<float>({got[6], got[7]}), (std::vector<double>{mean, deviation}), 1e-5,
              0);
  std::vector<double> slopes;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const double g = -(xs[i] - mean) / (deviation + 1e-8) / rows * 0.5;
    slopes.push_back(i % 2 == 0 ? g : -g);
    slopes.push_back(i % 2 == 0 ? -g : g);
  }
  CHECK_CLOSE(d.read(dlogits), slopes, 1e-4, 1e-7);
}

TEST("the norm of a long gradient, and what is done when it is not finite") {
  Driver d(setup);
  const std::int64_t n = 100003;
  const Operand grad = d.random({n}, 1), p = d.random({n}, 2), norm = d.empty({1});
  const Operand step = d.ints({1}, {0});
  const Operand hyper = d.floats({8}, {0.5f, 0, 0, 0, 3, 0, 0, 0});
  auto g = d.read(grad);
  const auto before = d.read(p);
  double total = 0;
  for (const float x : g) total += static_cast<double>(x) * x;
  std::vector<double> wanted;
  for (std::size_t i = 0; i < g.size(); ++i)
    wanted.push_back(before[i] - 0.5 * 3 / (std::sqrt(total) + 1e-6) * g[i]);
  d.run("clipSgd", {grad, hyper}, {p, step, norm}, {0});
  CHECK_CLOSE(d.read(norm), std::vector<double>{std::sqrt(total)}, 1e-6, 0);
  CHECK_CLOSE(d.read(p), wanted, 1e-6, 1e-6);
  const auto after = d.read(p);
  g[n - 1] = INFINITY;
  d.run("clipSgd", {d.floats({n}, g), hyper}, {p, step, norm}, {0});
  CHECK(d.read(p) == after);
  CHECK_EQUAL(d.read_ints(step)[0], 1);
}

TEST(
    "attention of batches with wide heads, with masks of both kinds and a query that sees "
    "nothing") {
  Driver d(setup);
  constexpr std::size_t kBatch = 6, L = 37, S = 45, D = 70, E = 130;
  const Operand q = d.random({2, 3, L, D}, 1), k = d.random({2, 3, S, D}, 2);
  const Operand v = d.random({2, 3, S, E}, 3), dy = d.random({2, 3, L, E}, 4);
  std::vector<float> added(kBatch * L * S);
  std::vector<std::uint8_t> seen(added.size());
  for (std::size_t i = 0; i < added.size(); ++i) {
    seen[i] = i / S % L != 5 && i * 7 % 3 != 0;
    added[i] = seen[i] != 0 ? static_cast<float>(i % 5) * 0.25f : -INFINITY;
  }
  const Operand y = d.empty({2, 3, L, E}), lse = d.empty({2, 3, L}), dq = d.empty({2, 3, L, D});
  const Operand dk = d.empty({2, 3, S, D}), dv = d.empty({2, 3, S, E});
  const auto qs = d.read(q), ks = d.read(k), vs = d.read(v), dys = d.read(dy);
  for (const bool boolean : {false, true}) {
    const Operand mask =
        boolean ? d.bytes({2, 3, L, S}, seen, DType::boolean) : d.floats({2, 3, L, S}, added);
    d.run("attention", {q, k, v, mask}, {y, lse}, {0.125, 0, 1});
    d.run("attentionBackward", {dy, q, k, v, y, lse, mask}, {dq, dk, dv}, {0.125, 0, 1});
    std::vector<double> out(dys.size()), slope_q(qs.size()), slope_k(ks.size()), slope_v(vs.size());
    for (std::size_t row = 0; row < kBatch * L; ++row) {
      const std::size_t keys = row / L * S;
      std::vector<double> share(S), slope(S);
      double sum = 0, delta = 0;
      for (std::size_t j = 0; j < S; ++j) {
        double score = boolean ? 0 : static_cast<double>(added[row * S + j]);
        for (std::size_t c = 0; c < D; ++c)
          score += 0.125 * qs[row * D + c] * ks[(keys + j) * D + c];
        sum += share[j] = seen[row * S + j] != 0 ? std::exp(score) : 0;
      }
      for (std::size_t j = 0; j < S; ++j) {
        share[j] = sum > 0 ? share[j] / sum : 0;
        for (std::size_t e = 0; e < E; ++e) {
          out[row * E + e] += share[j] * vs[(keys + j) * E + e];
          slope[j] += static_cast<double>(dys[row * E + e]) * vs[(keys + j) * E + e];
          slope_v[(keys + j) * E + e] += share[j] * dys[row * E + e];
        }
        delta += share[j] * slope[j];
      }
      for (std::size_t j = 0; j < S; ++j) {
        for (std::size_t c = 0; c < D; ++c) {
          const double ds = share[j] * (slope[j] - delta) * 0.125;
          slope_q[row * D + c] += ds * ks[(keys + j) * D + c];
          slope_k[(keys + j) * D + c] += ds * qs[row * D + c];
        }
      }
    }
    CHECK_CLOSE(d.read(y), out, 1e-4, 1e-5);
    CHECK_CLOSE(d.read(dq), slope_q, 1e-4, 2e-5);
    CHECK_CLOSE(d.read(dk), slope_k, 1e-4, 2e-5);
    CHECK_CLOSE(d.read(dv), slope_v, 1e-4, 2e-5);
  }
}
