// Products whose factors the GPU rounds to tf32 or bfloat16, against plain loops in double over factors
// that were rounded here. The processor has one precision, and none of these tests.
#if defined(CAROM_CUDA_TESTS)
#include <array>

#include "cuda/backend.h"
#include "cuda/launch.h"
#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

template <Precision precision>
std::unique_ptr<Backend> make_backend() {
  CudaOptions options;
  options.precision = precision;
  return make_cuda_backend(options);
}

/// x with `bits` of mantissa behind the leading one, to nearest; ties away from zero, or to even.
float rounded(float x, int bits, bool ties_away) {
  if (x == 0) return x;
  int exponent = 0;
  const double scaled = std::ldexp(std::frexp(static_cast<double>(x), &exponent), bits + 1);
  const double whole = ties_away ? std::round(scaled) : std::nearbyint(scaled);
  return static_cast<float>(std::ldexp(whole, exponent - bits - 1));
}

struct Kind {
  Precision precision;
  std::unique_ptr<Backend> (*backend)();

  float factor(float x) const {
    if (precision == Precision::float32) return x;
    return precision == Precision::tf32 ? rounded(x, 10, true) : rounded(x, 7, false);
  }
};

const std::vector<Kind> kKinds = {
    {Precision::float32, make_backend<Precision::float32>},
    {Precision::tf32, make_backend<Precision::tf32>},
    {Precision::bfloat16, make_backend<Precision::bfloat16>},
};

struct Sizes {
  std::int64_t m, n, k;
};

/// Every kind of tile, whole and ragged; K of no slab, of part of one, of several; pieces of a long K.
const std::vector<Sizes> kSizes = {
    {1, 1, 1},      {16, 8, 8},     {17, 9, 33},    {5, 40, 31},   {16, 128, 64},   {9, 200, 118},
    {48, 5, 70},    {300, 16, 64},  {33, 31, 32},   {64, 64, 118}, {70, 66, 100},   {300, 64, 20},
    {64, 64, 4100}, {7, 130, 1030}, {130, 3, 1027}, {4, 4, 0},     {1400, 1530, 20}};

std::vector<double> product(const Kind& kind, const std::vector<float>& a,
                            const std::vector<float>& b, const Sizes& s) {
  std::vector<float> left, right;
  for (const float x : a) left.push_back(kind.factor(x));
  for (const float x : b) right.push_back(kind.factor(x));
  std::vector<double> c(static_cast<std::size_t>(s.m * s.n));
  for (std::int64_t i = 0; i < s.m; ++i) {
    for (std::int64_t k = 0; k < s.k; ++k) {
      const double x = static_cast<double>(left[static_cast<std::size_t>(i * s.k + k)]);
      for (std::int64_t j = 0; j < s.n; ++j) {
        c[static_cast<std::size_t>(i * s.n + j)] +=
            x * static_cast<double>(right[static_cast<std::size_t>(k * s.n + j)]);
      }
    }
  }
  return c;
}

/// [rows, columns], stored transposed or not, inside rows that are `more` longer.
Operand matrix(Driver& d, std::int64_t rows, std::int64_t columns, bool transposed, int more,
               std::uint32_t seed) {
  const std::int64_t r = transposed ? columns : rows, c = transposed ? rows : columns;
  if (r * c == 0) return d.empty({rows, columns});
  const Operand part = d.random({r + 1, c + more}, seed).sliced(0, 1, r).sliced(1, more, c);
  return transposed ? part.transposed() : part;
}

/// Of a sum of k products of numbers within [-1, 1].
double tolerance(std::int64_t k) { return 1e-6 * (4 + std::sqrt(static_cast<double>(k))); }

/// 3 x 3 patches of x [N, H, W, C] as [N * P * Q, 9 * C]; no padding.
std::vector<float> patches(const std::vector<float>& x, std::int64_t images, std::int64_t size,
                           std::int64_t channels) {
  std::vector<float> out;
  for (std::int64_t n = 0; n < images; ++n)
    for (std::int64_t p = 0; p + 2 < size; ++p)
      for (std::int64_t q = 0; q + 2 < size; ++q)
        for (std::int64_t tap = 0; tap < 9; ++tap) {
          const std::int64_t at = ((n * size + p + tap / 3) * size + q + tap % 3) * channels;
          out.insert(out.end(), x.begin() + at, x.begin() + at + channels);
        }
  return out;
}

std::vector<float> transposed(const std::vector<float>& a, std::int64_t rows) {
  const std::size_t r = static_cast<std::size_t>(rows), columns = a.size() / r;
  std::vector<float> out;
  for (std::size_t j = 0; j < columns; ++j)
    for (std::size_t i = 0; i < r; ++i) out.push_back(a[i * columns + j]);
  return out;
}

/// [n, h, w, c] as the operand [n, c, h, w] that conv2d takes.
Operand channels_first(Operand x) {
  x.shape = {x.shape[0], x.shape[3], x.shape[1], x.shape[2]};
  x.strides = {x.strides[0], x.strides[3], x.strides[1], x.strides[2]};
  return x;
}

/// conv2d and the its gradients, with a kernel of 3 x 3, against products of matrices; that of x is
/// spread over the patches.
void conv_agrees(Driver& d, const Kind& kind, std::int64_t images, std::int64_t channels,
                 std::int64_t size, std::int64_t filters) {
  const std::int64_t out = size - 2, pixels = images * out * out, depth = 9 * channels;
  const Operand x = d.random({images, size, size, channels}, 1);
  const Operand w = d.random({filters, 3, 3, channels}, 2);
  const Operand y = d.empty({images, out, out, filters});
  const Operand dy = d.random({images, out, out, filters}, 3);
  const Operand dx = d.empty(x.shape), dw = d.empty(w.shape), dbias = d.empty({filters});
  const std::vector<double> params = {1, 1, 0, 0, 1, 1, 1};
  auto with = params, all = params;
  with.insert(with.end(), {0, 1});
  d.run("conv2d", {channels_first(x), channels_first(w)}, {channels_first(y)}, with);
  const auto rows = patches(d.read(x), images, size, channels);
  const auto columns = transposed(d.read(w), filters);
  CHECK_CLOSE(d.read(y), product(kind, rows, columns, {pixels, filters, depth}), 1e-5,
              tolerance(depth));
  all.insert(all.end(), {0, 1, 1, 1, 1});
  d.run("conv2dBackward",
        {channels_first(x), channels_first(w), channels_first(y), channels_first(dy)},
        {channels_first(dx), channels_first(dw), dbias}, all);
  const auto gradient = transposed(d.read(dy), pixels);
  CHECK_CLOSE(d.read(dw), product(kind, gradient, rows, {filters, depth, pixels}), 1e-5,
              tolerance(pixels));
  const std::vector<float> ones(static_cast<std::size_t>(pixels), 1);
  CHECK_CLOSE(d.read(dbias), product(kind, gradient, ones, {filters, 1, pixels}), 1e-5,
              tolerance(pixels));
  std::vector<double> spread(static_cast<std::size_t>(images * size * size * channels));
  const auto each = product(kind, d.read(dy), d.read(w), {pixels, depth, filters});
  for (std::int64_t i = 0; i < pixels; ++i)
    for (std::int64_t j = 0; j < depth; ++j) {
      const std::int64_t h = i / out % out + j / channels / 3, v = i % out + j / channels % 3;
      const std::int64_t at = ((i / out / out * size + h) * size + v) * channels + j % channels;
      spread[static_cast<std::size_t>(at)] += each[static_cast<std::size_t>(i * depth + j)];
    }
  CHECK_CLOSE(d.read(dx), spread, 1e-5, tolerance(9 * filters));
  for (const Operand& one : {x, w, y, dy, dx, dw, dbias}) d.engine.free(one.handle);
}

}  // namespace

TEST("precision: matmul rounds its factors and nothing else, for every storage order") {
  for (const Kind& kind : kKinds) {
    Driver d(Setup{1, setup.isa, kind.backend});
    for (const Sizes& s : kSizes) {
      const bool large = s.m * s.n > 100000;
      for (int order = 0; order < 4; order += large ? 3 : 1) {
        const int more = (order + static_cast<int>(s.m)) % 5;
        const Operand a = matrix(d, s.m, s.k, (order & 1) != 0, more, 1);
        const Operand b = matrix(d, s.k, s.n, (order & 2) != 0, 4 - more, 2);
        const Operand c = matrix(d, s.m, s.n, false, more, 3);
        const auto expected = product(kind, d.read(a), d.read(b), s);
        d.run("matmul", {a, b}, {c}, {0});
        CHECK_CLOSE(d.read(c), expected, 1e-5, tolerance(s.k));
        for (const Operand& x : {a, b, c}) d.engine.free(x.handle);
      }
    }
  }
}

TEST("precision: linear adds, activates and accumulates in float32") {
  for (const Kind& kind : kKinds) {
    Driver d(Setup{1, setup.isa, kind.backend});
    for (const Sizes& s :
         std::vector<Sizes>{{65, 64, 118}, {16, 33, 64}, {40, 5, 128}, {3, 7, 600}}) {
      const Operand x = d.random({s.m, s.k}, 1), w = d.random({s.n, s.k}, 2),
                    bias = d.random({s.n}, 3), y = d.empty({s.m, s.n});
      const auto plain = product(kind, d.read(x), d.read(w.transposed()), s);
      const auto offset = d.read(bias);
      for (int activation = 0; activation < 3; ++activation) {
        std::vector<double> expected = plain;
        for (std::size_t i = 0; i < expected.size(); ++i) {
          double& v = expected[i];
          v += static_cast<double>(offset[i % static_cast<std::size_t>(s.n)]);
          if (activation == 1) v = v > 0 ? v : 0;
          if (activation == 2) v = std::tanh(v);
        }
        d.run("linear", {x, w, bias}, {y}, {static_cast<double>(activation)});
        CHECK_CLOSE(d.read(y), expected, 1e-5, tolerance(s.k));
      }
      const auto before = d.read(y);
      std::vector<double> expected = plain;
      for (std::size_t i = 0; i < before.size(); ++i) expected[i] += static_cast<double>(before[i]);
      d.run("matmul", {x, w.transposed()}, {y}, {1});
      CHECK_CLOSE(d.read(y), expected, 1e-5, tolerance(s.k));
    }
  }
}

TEST("precision: batched products, also of a broadcast operand") {
  for (const Kind& kind : kKinds) {
    Driver d(Setup{1, setup.isa, kind.backend});
    for (const Sizes& s : std::vector<Sizes>{{33, 20, 36}, {8, 40, 19}, {20, 8, 600}}) {
      const Operand a = d.random({3, s.m, s.k}, 1), b = d.random({s.k, s.n}, 2),
                    c = d.empty({3, s.m, s.n});
      d.run("batchedMatmul", {a, b.expanded({3, s.k, s.n})}, {c});
      const auto right = d.read(b);
      for (int i = 0; i < 3; ++i) {
        const auto expected = product(kind, d.read(a.sliced(0, i, 1)), right, s);
        CHECK_CLOSE(d.read(c.sliced(0, i, 1)), expected, 1e-5, tolerance(s.k));
      }
    }
  }
}

TEST("precision: a row does not depend on the rows beside it, nor one run on another") {
  for (const Kind& kind : kKinds) {
    Driver d(Setup{1, setup.isa, kind.backend});
    const Operand a = d.random({200, 100}, 1), b = d.random({100, 70}, 2);
    const Operand whole = d.empty({200, 70}), part = d.empty({5, 70}), again = d.empty({200, 70});
    d.run("matmul", {a, b}, {whole}, {0});
    d.run("matmul", {a.sliced(0, 30, 5), b}, {part}, {0});
    d.run("matmul", {a, b}, {again}, {0});
    CHECK(d.read(whole.sliced(0, 30, 5)) == d.read(part));
    CHECK(d.read(whole) == d.read(again));
  }
}
TEST("precision: conv2d and its gradients are the products of their patches") {
  for (const Kind& kind : kKinds) {
    Driver d(Setup{1, setup.isa, kind.backend});
    for (const auto& [images, channels, size, filters] :
         std::vector<std::array<std::int64_t, 4>>{{3, 5, 7, 9}, {2, 4, 12, 40}, {130, 3, 5, 33}}) {
      conv_agrees(d, kind, images, channels, size, filters);
    }
  }
}

#endif  // CAROM_CUDA_TESTS
