// Elementwise ops against the C library, element by element, through strided, flipped and broadcast
// views.
#include <limits>
#include <utility>

#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::vector<float> line(float low, float high, int count) {
  std::vector<float> x;
  for (int i = 0; i < count; ++i)
    x.push_back(low + (high - low) * static_cast<float>(i) / static_cast<float>(count - 1));
  return x;
}

void check_unary(const Setup& setup, const char* op, const std::vector<float>& x, double relative,
                 double absolute, const std::function<double(double)>& f) {
  Driver d(setup);
  const auto n = static_cast<std::int64_t>(x.size());
  const Operand in = d.floats({n}, x), out = d.empty({n});
  d.run(op, {in}, {out});
  std::vector<double> expected;
  for (const float v : x) expected.push_back(f(v));
  CHECK_CLOSE(d.read(out), expected, relative, absolute);
  // The same backwards, so that the loop is not the dense one.
  d.run(op, {in.sliced(0, n - 1, n, -1)}, {out.sliced(0, n - 1, n, -1)});
  CHECK_CLOSE(d.read(out), expected, relative, absolute);
}

}  // namespace

TEST("unary functions agree with the C library") {
  const auto x = line(-30, 30, 4001);
  check_unary(setup, "neg", x, 0, 0, [](double v) { return -v; });
  check_unary(setup, "abs", x, 0, 0, [](double v) { return std::abs(v); });
  check_unary(setup, "relu", x, 0, 0, [](double v) { return v < 0 ? 0 : v; });
  check_unary(setup, "square", x, 1e-7, 0, [](double v) { return v * v; });
  check_unary(setup, "reciprocal", x, 1e-7, 0, [](double v) { return 1 / v; });
  check_unary(setup, "floor", x, 0, 0, [](double v) { return std::floor(v); });
  check_unary(setup, "sign", x, 0, 0, [](double v) { return v > 0 ? 1 : v < 0 ? -1 : v; });
  check_unary(setup, "tanh", x, 1e-6, 0, [](double v) { return std::tanh(v); });
  check_unary(setup, "sigmoid", x, 1e-6, 0, [](double v) { return 1 / (1 + std::exp(-v)); });
  check_unary(setup, "sqrt", line(0, 1e6, 1001), 1e-7, 0, [](double v) { return std::sqrt(v); });
}

TEST("exp covers the whole range, underflow and overflow included") {
  check_unary(setup, "exp", line(-87, 88.7f, 8001), 3e-7, 0, [](double v) { return std::exp(v); });
  check_unary(setup, "exp", line(-110, -87, 501), 1e-6, 1.5e-45,
              [](double v) { return std::exp(v); });
  check_unary(setup, "exp", {89, 1000, kInf, -kInf, -1000, kNaN, 0}, 0, 0, [](double v) {
    return std::isnan(v) ? v : v > 80 ? static_cast<double>(kInf) : v < 0 ? 0.0 : 1.0;
  });
}

TEST("log covers the whole range, denormals included") {
  std::vector<float> x;
  for (const float e : line(-100, 88, 4001)) x.push_back(std::exp(e));
  check_unary(setup, "log", x, 3e-7, 6e-8, [](double v) { return std::log(v); });
  check_unary(setup, "log", line(0.9f, 1.1f, 2001), 3e-7, 6e-8,
              [](double v) { return std::log(v); });
  check_unary(setup, "log", {0, -1, kInf, kNaN, 1, -kInf}, 0, 0,
              [](double v) { return std::log(v); });
}

TEST("tanh keeps small arguments and saturates") {
  check_unary(setup, "tanh", {1e-8f, -1e-20f, 1e-40f, 0, kInf, -kInf, kNaN, 9.5f, 20, -50}, 5e-7, 0,
              [](double v) { return std::tanh(v); });
}

TEST("predicates write bools") {
  Driver d(setup);
  const Operand x = d.floats({5}, {1, kInf, -kInf, kNaN, 0});
  const Operand y = d.empty({5}, DType::boolean), z = d.empty({5}, DType::boolean);
  d.run("isFinite", {x}, {y});
  d.run("logicalNot", {y}, {z});
  CHECK((d.read_bytes(y) == std::vector<std::uint8_t>{1, 0, 0, 0, 1}));
  CHECK((d.read_bytes(z) == std::vector<std::uint8_t>{0, 1, 1, 1, 0}));
}

TEST("binary ops broadcast, also over permuted views") {
  Driver d(setup);
  const Operand a = d.random({37, 5, 21}, 1, 0.5f, 2), b = d.random({5, 1}, 2, 0.5f, 2);
  const Operand out = d.empty({21, 5, 37});
  // out as seen with its dimensions reversed has a's shape.
  Operand view = out;
  view.shape = {37, 5, 21};
  view.strides = {1, 37, 185};
  const auto x = d.read(a), y = d.read(b);
  const std::vector<std::pair<std::string, std::function<double(double, double)>>> cases = {
      {"add", [](double p, double q) { return p + q; }},
      {"sub", [](double p, double q) { return p - q; }},
      {"mul", [](double p, double q) { return p * q; }},
      {"div", [](double p, double q) { return p / q; }},
      {"pow", [](double p, double q) { return std::pow(p, q); }},
      {"minimum", [](double p, double q) { return std::min(p, q); }},
      {"maximum", [](double p, double q) { return std::max(p, q); }}};
  for (const auto& [op, f] : cases) {
    std::vector<double> expected;
    for (std::size_t i = 0; i < x.size(); ++i) expected.push_back(f(x[i], y[i / 21 % 5]));
    d.run(op, {a, b}, {view});
    CHECK_CLOSE(d.read(view), expected, 2e-7, 0);
    d.run(op, {a, b.expanded({37, 5, 21})}, {view});
    CHECK_CLOSE(d.read(view), expected, 2e-7, 0);
  }
}

TEST("an op may write over its input") {
  Driver d(setup);
  const Operand a = d.random({1000}, 3), b = d.floats({1}, {2});
  const auto before = d.read(a);
  d.run("mul", {a, b}, {a});
  std::vector<double> expected;
  for (const float v : before) expected.push_back(2.0 * v);
  CHECK_CLOSE(d.read(a), expected, 0, 0);
}

TEST("minimum and maximum pass NaN on") {
  Driver d(setup);
  const Operand a = d.floats({3}, {kNaN, 1, 2}), b = d.floats({3}, {1, kNaN, 3}),
                out = d.empty({3});
  d.run("minimum", {a, b}, {out});
  CHECK_CLOSE(d.read(out), (std::vector<double>{kNaN, kNaN, 2}), 0, 0);
  d.run("maximum", {a, b}, {out});
  CHECK_CLOSE(d.read(out), (std::vector<double>{kNaN, kNaN, 3}), 0, 0);
}

TEST("integers add with wrap-around and compare") {
  Driver d(setup);
  const Operand a = d.ints({3}, {2147483647, -5, 7}), b = d.ints({3}, {1, 5, 7});
  const Operand out = d.empty({3}, DType::int32), flag = d.empty({3}, DType::boolean);
  d.run("add", {a, b}, {out});
  CHECK((d.read_ints(out) == std::vector<std::int32_t>{-2147483647 - 1, 0, 14}));
  const std::vector<std::pair<std::string, std::vector<std::uint8_t>>> cases = {
      {"equal", {0, 0, 1}},     {"notEqual", {1, 1, 0}}, {"less", {0, 1, 0}},
      {"lessEqual", {0, 1, 1}}, {"greater", {1, 0, 0}},  {"greaterEqual", {1, 0, 1}}};
  for (const auto& [op, expected] : cases) {
    d.run(op, {a, b}, {flag});
    CHECK(d.read_bytes(flag) == expected);
  }
}

TEST("where picks element by element") {
  Driver d(setup);
  const Operand cond = d.bytes({3}, {1, 0, 2});
  const Operand a = d.floats({2, 3}, {1, 2, 3, 4, 5, 6}), b = d.floats({1}, {9}),
                out = d.empty({2, 3});
  d.run("where", {cond, a, b}, {out});
  CHECK_CLOSE(d.read(out), (std::vector<double>{1, 9, 3, 4, 9, 6}), 0, 0);
}

TEST("copy converts between types and never overflows") {
  Driver d(setup);
  const Operand x = d.floats({6}, {1.9f, -1.9f, 3e9f, -3e9f, kNaN, 300});
  const Operand i = d.empty({6}, DType::int32), u = d.empty({6}, DType::uint8),
                b = d.empty({6}, DType::boolean);
  d.run("copy", {x}, {i});
  CHECK((d.read_ints(i) == std::vector<std::int32_t>{1, -1, 2147483647, -2147483647 - 1, 0, 300}));
  d.run("copy", {i}, {u});
  CHECK((d.read_bytes(u) == std::vector<std::uint8_t>{1, 255, 255, 0, 0, 44}));
  d.run("copy", {x}, {b});
  CHECK((d.read_bytes(b) == std::vector<std::uint8_t>{1, 1, 1, 1, 1, 1}));
  const Operand y = d.empty({6});
  d.run("copy", {b}, {y});
  CHECK_CLOSE(d.read(y), std::vector<double>(6, 1.0), 0, 0);
  const Operand wide = d.empty({6}, DType::float64);
  d.run("copy", {x}, {wide});
  d.run("copy", {wide}, {i});
  CHECK((d.read_ints(i) == std::vector<std::int32_t>{1, -1, 2147483647, -2147483647 - 1, 0, 300}));
}

TEST("copy turns layouts round in blocks and writes nothing else") {
  Driver d(setup);
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{
           {4, 5}, {16, 16}, {17, 33}, {3, 40, 9}, {2, 5, 7, 19}, {1, 64, 1}, {0, 8}}) {
    const int rank = static_cast<int>(shape.size());
    Operand x = d.random(shape, 1);
    std::swap(x.shape[1], x.shape.back());
    std::swap(x.strides[1], x.strides.back());
    if (rank == 2) x = d.random(shape, 1).transposed();
    auto wide = x.shape;
    wide.back() += 3;
    const Operand whole = d.empty(wide);
    d.run("fill", {}, {whole}, {7});
    const Operand y = whole.sliced(rank - 1, 1, x.shape.back());
    d.run("copy", {x}, {y});
    const auto expected = d.read(x);
    CHECK_CLOSE(d.read(y), (std::vector<double>(expected.begin(), expected.end())), 0, 0);
    for (const Operand& side :
         {whole.sliced(rank - 1, 0, 1), whole.sliced(rank - 1, wide.back() - 2, 2)})
      for (const float value : d.read(side)) CHECK_EQUAL(value, 7);
  }
}

TEST("fill reaches strided views of every type") {
  Driver d(setup);
  const Operand x = d.floats({2, 3}, std::vector<float>(6, 0));
  d.run("fill", {}, {x.sliced(1, 0, 2, 2)}, {2.5});
  CHECK_CLOSE(d.read(x), (std::vector<double>{2.5, 0, 2.5, 2.5, 0, 2.5}), 0, 0);
  const Operand i = d.empty({3}, DType::int32), u = d.empty({3}, DType::uint8);
  d.run("fill", {}, {i}, {-7});
  d.run("fill", {}, {u}, {258});
  CHECK((d.read_ints(i) == std::vector<std::int32_t>(3, -7)));
  CHECK((d.read_bytes(u) == std::vector<std::uint8_t>(3, 2)));
}

TEST("views of no elements and of one are served") {
  Driver d(setup);
  const Operand none = d.empty({0, 3}), one = d.floats({}, {3}), out = d.empty({});
  d.run("exp", {none}, {none});
  d.run("add", {one, one}, {out});
  CHECK_CLOSE(d.read(out), std::vector<double>{6}, 0, 0);
}
