// Elementary functions over the whole range of floats, against the C library in double: the greatest
// error in units of the last place (those of denormals count as absolute). Activation functions and
// their slopes against their formulas.
#include <cmath>
#include <cstring>
#include <limits>

#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Every sign and exponent with 24 mantissas each, denormals included, then the special values.
std::vector<float> sweep() {
  std::vector<float> x;
  std::uint32_t noise = 1;
  for (std::uint32_t high = 0; high < 512; ++high) {
    if ((high & 255) == 255) continue;
    for (int i = 0; i < 24; ++i) {
      noise = noise * 1664525u + 1013904223u;
      const std::uint32_t word = high << 23 | noise >> 9;
      float value;
      std::memcpy(&value, &word, sizeof value);
      x.push_back(value);
    }
  }
  for (int i = -4000; i <= 4000; ++i) x.push_back(static_cast<float>(i) * 0.0231f);
  x.insert(x.end(), {0.0f, -0.0f, kInf, -kInf, kNaN, 88.72f, 88.73f, -103.9f, 0.8f, -0.8f});
  return x;
}

double ulps(float got, double expected) {
  if (std::isnan(expected)) return std::isnan(got) ? 0 : 1e9;
  const float rounded = static_cast<float>(expected);
  if (std::isinf(rounded) || rounded == 0) {
    return got == rounded && std::signbit(got) == std::signbit(rounded) ? 0
           : std::isinf(rounded) ? 1e9
                                 : std::abs(got - expected) / 1.5e-45;
  }
  const int exponent = std::max(std::ilogb(rounded), -126);
  return std::abs(static_cast<double>(got) - expected) / std::ldexp(1.0, exponent - 23);
}

void check_ulps(const Setup& setup, const std::string& op, double limit, double (*f)(double),
                const std::vector<double>& params = {}, double forgiven = 0) {
  Driver d(setup);
  const auto x = sweep();
  const auto n = static_cast<std::int64_t>(x.size());
  const Operand in = d.floats({n}, x), out = d.empty({n});
  d.run(op, {in}, {out}, params);
  const auto y = d.read(out);
  double worst = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::abs(y[i] - f(x[i])) < forgiven) continue;
    const double error = ulps(y[i], f(x[i]));
    if (error > worst) worst = error, at = i;
  }
  if (worst > limit) {
    test::fail(__FILE__, __LINE__,
               text(op, "(", x[at], ") is ", y[at], ", expected ", f(x[at]), ": ", worst,
                    " ulp, at most ", limit));
  }
}

double softplus(double x) { return x > 20 ? x : std::log1p(std::exp(x)); }
double silu(double x) { return x / (1 + std::exp(-x)); }
double cdf(double x) { return 0.5 * std::erfc(-x * std::sqrt(0.5)); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

TEST("elementary functions keep within their ulps over all floats") {
  check_ulps(setup, "exp", 2, [](double v) { return std::exp(v); });
  check_ulps(setup, "log", 2, [](double v) { return std::log(v); });
  check_ulps(setup, "log1p", 2, [](double v) { return std::log1p(v); });
  check_ulps(setup, "expm1", 2, [](double v) { return std::expm1(v); });
  check_ulps(setup, "sin", 1, [](double v) { return std::sin(v); });
  check_ulps(setup, "cos", 1, [](double v) { return std::cos(v); });
  check_ulps(setup, "erf", 2, [](double v) { return std::erf(v); });
  check_ulps(setup, "sqrt", 0.51, [](double v) { return std::sqrt(v); });
  check_ulps(setup, "rsqrt", 1.5, [](double v) { return 1 / std::sqrt(v); });
  check_ulps(setup, "ceil", 0, [](double v) { return std::ceil(v); });
  check_ulps(setup, "floor", 0, [](double v) { return std::floor(v); });
  check_ulps(setup, "round", 0, [](double v) { return std::nearbyint(v); });
  check_ulps(setup, "tanh", 6, [](double v) { return std::tanh(v); });
  // e^88.8 is infinite, so what is smaller than its reciprocal comes out as 0.
  check_ulps(setup, "sigmoid", 6, sigmoid, {}, 1.2e-38);
}

TEST("activation functions keep within their ulps over all floats") {
  check_ulps(setup, "leakyRelu", 0.51, [](double v) { return v > 0 ? v : 0.125 * v; }, {0.125});
  check_ulps(setup, "elu", 2.5, [](double v) { return v > 0 ? v : 0.5 * std::expm1(v); }, {0.5});
  check_ulps(setup, "gelu", 20, [](double v) { return v * cdf(v); }, {0});
  check_ulps(setup, "silu", 4, silu, {0}, 1.2e-36);
  check_ulps(setup, "softplus", 4, softplus, {20});
}

TEST("the slopes of activation functions") {
  Driver d(setup);
  std::vector<float> x;
  for (int i = -500; i <= 500; ++i) x.push_back(static_cast<float>(i) * 0.02f + 0.001f);
  const auto n = static_cast<std::int64_t>(x.size());
  const Operand in = d.floats({n}, x), dy = d.random({n}, 1), dx = d.empty({n});
  const auto g = d.read(dy);
  const auto check = [&](const char* op, double a, double (*slope)(double)) {
    std::vector<double> expected;
    for (std::size_t i = 0; i < x.size(); ++i) expected.push_back(g[i] * slope(x[i]));
    d.run(op, {dy, in}, {dx}, {a});
    CHECK_CLOSE(d.read(dx), expected, 2e-6, 2e-7);
    const auto back = [&](const Operand& view) { return view.sliced(0, n - 1, n, -1); };
    d.run(op, {back(dy), back(in)}, {back(dx)}, {a});
    CHECK_CLOSE(d.read(dx), expected, 2e-6, 2e-7);
  };
  check("leakyReluBackward", 0.125, [](double v) { return v > 0 ? 1 : 0.125; });
  check("eluBackward", 0.5, [](double v) { return v > 0 ? 1 : 0.5 * std::exp(v); });
  check("siluBackward", 0, [](double v) { return sigmoid(v) * (1 + v * (1 - sigmoid(v))); });
  check("softplusBackward", 5, [](double v) { return v > 5 ? 1 : sigmoid(v); });
  check("geluBackward", 0,
        [](double v) { return cdf(v) + v * std::exp(-0.5 * v * v) * 0.3989422804014327; });
  check("geluBackward", 1, [](double v) {
    const double u = std::sqrt(2 / std::acos(-1.0)) * (v + 0.044715 * v * v * v);
    const double du = std::sqrt(2 / std::acos(-1.0)) * (1 + 3 * 0.044715 * v * v), t = std::tanh(u);
    return 0.5 * (1 + t) + 0.5 * v * (1 - t * t) * du;
  });
}

TEST("integers divide downwards, and by 0 to 0") {
  Driver d(setup);
  const std::int32_t lowest = -2147483647 - 1;
  const Operand a = d.ints({8}, {7, -7, 7, -7, 3, lowest, lowest, 6});
  const Operand b = d.ints({8}, {2, 2, -2, -2, 0, -1, 0, -3}), out = d.empty({8}, DType::int32);
  d.run("floorDivide", {a, b}, {out});
  CHECK((d.read_ints(out) == std::vector<std::int32_t>{3, -4, -4, 3, 0, lowest, 0, -2}));
  d.run("mod", {a, b}, {out});
  CHECK((d.read_ints(out) == std::vector<std::int32_t>{1, 1, -1, -1, 0, 0, 0, 0}));
  CHECK_ERROR(dtype_mismatch, d.run("div", {a, b}, {out}));
  CHECK_ERROR(dtype_mismatch, d.run("logicalAnd", {a, b}, {out}));
  CHECK_ERROR(dtype_mismatch, d.run("elu", {a}, {out}, {1}));
  CHECK_ERROR(invalid_argument, d.run("elu", {a}, {out}));
}
