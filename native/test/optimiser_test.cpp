// clipSgd and clipRmsprop against the formulas in double, over several steps.
#include <limits>

#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

constexpr std::int64_t kCount = 5003;

/// The elements of a gradient, scaled so that their norm is at most `limit`.
std::vector<double> clipped(const std::vector<float>& grad, double limit, double& norm) {
  double total = 0;
  for (const float g : grad) total += static_cast<double>(g) * g;
  norm = std::sqrt(total);
  const double scale = std::min(1.0, limit / (norm + 1e-6));
  std::vector<double> out(grad.begin(), grad.end());
  for (double& g : out) g *= scale;
  return out;
}

Operand zeros(Driver& d) { return d.floats({kCount}, std::vector<float>(kCount, 0)); }

}  // namespace

TEST("clipSgd follows the formulas over several steps") {
  Driver d(setup);
  for (const bool nesterov : {false, true}) {
    const Operand p = d.random({kCount}, 1), velocity = zeros(d);
    const Operand step = d.ints({1}, {0}), norm = d.empty({1});
    const Operand hyper = d.floats({8}, {0.1f, 0.5f, 0.25f, 0.01f, 3, 0, 0, 0});
    const auto start = d.read(p);
    std::vector<double> ep(start.begin(), start.end()), ev(kCount, 0);
    for (std::uint32_t t = 0; t < 4; ++t) {
      const Operand grad = d.random({kCount}, 10 + t);
      double expected_norm = 0;
      const auto g = clipped(d.read(grad), 3, expected_norm);
      for (std::size_t i = 0; i < g.size(); ++i) {
        const double x = g[i] + 0.01 * ep[i];
        ev[i] = t == 0 ? x : 0.5 * ev[i] + 0.75 * x;
        ep[i] -= 0.1 * (nesterov ? x + 0.5 * ev[i] : ev[i]);
      }
      d.run("clipSgd", {grad, hyper}, {p, step, norm, velocity}, {nesterov ? 1.0 : 0.0});
      CHECK_CLOSE(d.read(p), ep, 1e-5, 1e-6);
      CHECK_CLOSE(d.read(velocity), ev, 1e-5, 1e-6);
      CHECK_CLOSE(d.read(norm), std::vector<double>{expected_norm}, 1e-6, 0);
      CHECK_EQUAL(d.read_ints(step)[0], static_cast<int>(t) + 1);
    }
  }
}

TEST("clipRmsprop follows the formulas over several steps") {
  Driver d(setup);
  for (const int mode : {0, 1, 2, 3}) {
    const bool centered = (mode & 1) != 0, momentum = (mode & 2) != 0;
    const Operand p = d.random({kCount}, 1), squares = zeros(d), norm = d.empty({1});
    std::vector<Operand> outputs = {p, squares, norm};
    if (centered) outputs.push_back(zeros(d));
    if (momentum) outputs.push_back(zeros(d));
    const Operand hyper = d.floats({8}, {0.01f, 0.75f, 0.125f, 0.01f, 0.5f, 3, 0, 0});
    const auto start = d.read(p);
    std::vector<double> ep(start.begin(), start.end()), es(kCount, 0), em = es, ev = es;
    for (std::uint32_t t = 0; t < 4; ++t) {
      const Operand grad = d.random({kCount}, 10 + t);
      double expected_norm = 0;
      const auto g = clipped(d.read(grad), 3, expected_norm);
      for (std::size_t i = 0; i < g.size(); ++i) {
        const double x = g[i] + 0.01 * ep[i];
        es[i] = 0.75 * es[i] + 0.25 * x * x;
        em[i] = 0.75 * em[i] + 0.25 * x;
        const double variance = es[i] - (centered ? em[i] * em[i] : 0);
        ev[i] = (momentum ? 0.5 * ev[i] : 0) + x / (std::sqrt(variance) + 0.125);
        ep[i] -= 0.01 * ev[i];
      }
      d.run("clipRmsprop", {grad, hyper}, outputs, {centered ? 1.0 : 0.0, momentum ? 1.0 : 0.0});
      CHECK_CLOSE(d.read(p), ep, 1e-5, 1e-5);
      CHECK_CLOSE(d.read(squares), es, 1e-5, 1e-6);
      CHECK_CLOSE(d.read(norm), std::vector<double>{expected_norm}, 1e-6, 0);
    }
  }
}

TEST("clipSgd and clipRmsprop skip a gradient that is not finite, and refuse wrong operands") {
  Driver d(setup);
  const Operand p = d.random({100}, 1), squares = d.random({100}, 2, 0, 1), norm = d.empty({1});
  const Operand step = d.ints({1}, {7}), hyper = d.floats({8}, std::vector<float>(8, 0.5f));
  std::vector<float> values(100, 1);
  values[57] = std::numeric_limits<float>::quiet_NaN();
  const Operand grad = d.floats({100}, values);
  const auto before = d.read(p);
  d.run("clipSgd", {grad, hyper}, {p, step, norm}, {0});
  d.run("clipRmsprop", {grad, hyper}, {p, squares, norm}, {0, 0});
  CHECK(d.read(p) == before);
  CHECK_EQUAL(d.read_ints(step)[0], 7);
  CHECK(std::isnan(d.read(norm)[0]));
  CHECK_ERROR(invalid_argument, d.run("clipSgd", {grad, hyper}, {p, step, norm}, {1}));
  CHECK_ERROR(invalid_argument, d.run("clipRmsprop", {grad, hyper}, {p, squares, norm}, {1, 0}));
  CHECK_ERROR(invalid_argument, d.run("clipRmsprop", {grad, hyper}, {p, squares, norm}, {0}));
  CHECK_ERROR(shape_mismatch,
              d.run("clipRmsprop", {grad, hyper}, {p, squares, norm, norm}, {1, 0}));
}
