// Normalisation, crossEntropy, dropout and attention against plain loops in double.
#include <array>

#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

struct Row {
  double mean = 0, rstd = 0;
};

Row moments(const std::vector<float>& x, std::size_t begin, std::size_t count, std::size_t step) {
  Row row;
  double squares = 0;
  for (std::size_t i = 0; i < count; ++i)
    row.mean += x[begin + i * step] / static_cast<double>(count);
  for (std::size_t i = 0; i < count; ++i)
    squares += std::pow(x[begin + i * step] - row.mean, 2) / static_cast<double>(count);
  row.rstd = 1 / std::sqrt(squares + 1e-5);
  return row;
}

/// Softmax shares of each query, [L, S].
std::vector<double> shares_of(const std::vector<float>& q, const std::vector<float>& k,
                              std::size_t queries, std::size_t keys, std::size_t depth,
                              double scale) {
  std::vector<double> shares(queries * keys);
  for (std::size_t i = 0; i < queries; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j <= i && j < keys; ++j) {
      double dot = 0;
      for (std::size_t d = 0; d < depth; ++d)
        dot += static_cast<double>(q[i * depth + d]) * k[j * depth + d];
      sum += shares[i * keys + j] = std::exp(dot * scale);
    }
    for (std::size_t j = 0; j < keys; ++j) shares[i * keys + j] /= sum;
  }
  return shares;
}

}  // namespace

TEST("normalize: rows by the formula, the sums of its gradient over blocks of rows") {
  Driver d(setup);
  for (const auto& [rows, columns] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 1}, {3, 5}, {100, 33}, {70, 200}}) {
    const Operand x = d.random({rows, 1, columns, 1}, 1), w = d.random({columns}, 2),
                  b = d.random({columns}, 3), dy = d.random({rows, 1, columns, 1}, 4);
    const Operand y = d.empty({rows, 1, columns, 1}), mean = d.empty({rows, 1}),
                  rstd = d.empty({rows, 1});
    d.run("normalize", {x, w, b}, {y, mean, rstd}, {1e-5, 1, 1, 1});
    const Operand dx = d.empty({rows, 1, columns, 1}), dw = d.empty({columns}),
                  db = d.empty({columns});
    d.run("normalizeBackward", {dy, x, mean, rstd, w}, {dx, dw, db}, {1, 1, 1});
    const auto xs = d.read(x), ws = d.read(w), bs = d.read(b), dys = d.read(dy);
    const auto n = static_cast<std::size_t>(columns);
    std::vector<double> out(xs.size()), slope(xs.size()), sum_w(n), sum_b(n);
    for (std::size_t r = 0; r < xs.size(); r += n) {
      const Row row = moments(xs, r, n, 1);
      double all = 0, along = 0;
      for (std::size_t c = 0; c < n; ++c) {
        const double normal = (xs[r + c] - row.mean) * row.rstd;
        out[r + c] = normal * ws[c] + bs[c];
        sum_w[c] += dys[r + c] * normal;
        sum_b[c] += dys[r + c];
        all += dys[r + c] * ws[c] / static_cast<double>(n);
        along += dys[r + c] * ws[c] * normal / static_cast<double>(n);
      }
      for (std::size_t c = 0; c < n; ++c) {
        const double normal = (xs[r + c] - row.mean) * row.rstd;
        slope[r + c] = row.rstd * (dys[r + c] * ws[c] - all - normal * along);
      }
    }
    CHECK_CLOSE(d.read(y), out, 1e-5, 1e-5);
    CHECK_CLOSE(d.read(dx), slope, 1e-4, 1e-4);
    CHECK_CLOSE(d.read(dw), sum_w, 1e-4, 1e-4);
    CHECK_CLOSE(d.read(db), sum_b, 1e-4, 1e-4);
  }
}

TEST("normalize: groups of channels with positions, in either order of memory") {
  Driver d(setup);
  const std::int64_t n = 3, groups = 2;
  for (const auto& [channels, positions] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{3, 7}, {5, 41}, {4, 700}}) {
    for (const bool dense_channels : {false, true}) {
      const auto made = [&](std::uint32_t seed) {
        if (!dense_channels) return d.random({n, groups, channels, positions}, seed);
        Operand turned = d.random({n, groups, positions, channels}, seed);
        std::swap(turned.shape[2], turned.shape[3]);
        std::swap(turned.strides[2], turned.strides[3]);
        return turned;
      };
      const Operand x = made(1), dy = made(2), y = made(3), dx = made(4);
      const Operand w = d.random({groups * channels}, 5), mean = d.empty({n, groups}),
                    rstd = d.empty({n, groups});
      const Operand dw = d.empty({groups * channels}), db = d.empty({groups * channels});
      d.run("normalize", {x, w}, {y, mean, rstd}, {1e-5, 1, 1, 0});
      d.run("normalizeBackward", {dy, x, mean, rstd, w}, {dx, dw, db}, {1, 1, 1});
      const auto xs = d.read(x), ws = d.read(w), dys = d.read(dy);
      const auto size = static_cast<std::size_t>(channels * positions);
      const auto weight_of = [&](std::size_t i) {
        return i / static_cast<std::size_t>(positions) % ws.size();
      };
      std::vector<double> out(xs.size()), slope(xs.size()), sum_w(ws.size()), sum_b(ws.size());
      for (std::size_t r = 0; r < xs.size(); r += size) {
        const Row group = moments(xs, r, size, 1);
        double all = 0, along = 0;
        for (std::size_t i = r; i < r + size; ++i) {
          const double normal = (xs[i] - group.mean) * group.rstd, w_here = ws[weight_of(i)];
          out[i] = normal * w_here;
          sum_w[weight_of(i)] += dys[i] * normal;
          sum_b[weight_of(i)] += dys[i];
          all += dys[i] * w_here / static_cast<double>(size);
          along += dys[i] * w_here * normal / static_cast<double>(size);
        }
        for (std::size_t i = r; i < r + size; ++i) {
          const double normal = (xs[i] - group.mean) * group.rstd;
          slope[i] = group.rstd * (dys[i] * ws[weight_of(i)] - all - normal * along);
        }
      }
      CHECK_CLOSE(d.read(y), out, 1e-5, 1e-5);
      CHECK_CLOSE(d.read(dx), slope, 1e-4, 1e-4);
      CHECK_CLOSE(d.read(dw), sum_w, 1e-4, 1e-4);
      CHECK_CLOSE(d.read(db), sum_b, 1e-4, 1e-4);
    }
  }
}

TEST("batchNorm: its gradient by the formula") {
  Driver d(setup);
  const std::int64_t rows = 1003, columns = 37;
  const Operand x = d.random({rows, columns + 2}, 1).sliced(1, 1, columns);
  const Operand dy = d.random({rows, columns}, 2), w = d.random({columns}, 3);
  const Operand y = d.empty({rows, columns}), mean = d.empty({columns}), rstd = d.empty({columns});
  const Operand dx = d.empty({rows, columns}), dw = d.empty({columns}), db = d.empty({columns});
  d.run("batchNorm", {x, w}, {y, mean, rstd}, {1e-5, 0.1, 1, 0, 0, 0});
  d.run("batchNormBackward", {dy, x, mean, rstd, w}, {dx, dw, db}, {1});
  const auto xs = d.read(x), dys = d.read(dy), ws = d.read(w);
  std::vector<double> slope(xs.size()), sum_w(columns), sum_b(columns);
  for (std::size_t c = 0; c < columns; ++c) {
    const Row column = moments(xs, c, rows, columns);
    for (std::size_t i = c; i < xs.size(); i += columns) {
      sum_w[c] += dys[i] * (xs[i] - column.mean) * column.rstd;
      sum_b[c] += dys[i];
    }
    for (std::size_t i = c; i < xs.size(); i += columns) {
      const double normal = (xs[i] - column.mean) * column.rstd;
      slope[i] = ws[c] * column.rstd * (dys[i] - sum_b[c] / rows - normal * sum_w[c] / rows);
    }
  }
  CHECK_CLOSE(d.read(dx), slope, 1e-4, 1e-5);
  CHECK_CLOSE(d.read(dw), sum_w, 1e-4, 1e-4);
  CHECK_CLOSE(d.read(db), sum_b, 1e-4, 1e-4);
}

TEST("batchNorm: columns by the formula, running statistics in place") {
  Driver d(setup);
  const std::int64_t rows = 1003, columns = 37;
  const Operand x = d.random({rows, columns}, 1, 99, 101), y = d.empty({rows, columns});
  const Operand mean = d.empty({columns}), rstd = d.empty({columns});
  const Operand running = d.floats({columns}, std::vector<float>(columns, 4)),
                spread = d.floats({columns}, std::vector<float>(columns, 1));
  d.run("batchNorm", {x}, {y, mean, rstd, running, spread}, {1e-5, 0.5, 0, 0, 1, 1});
  const auto xs = d.read(x);
  std::vector<double> out(xs.size()), moved, wider;
  for (std::size_t c = 0; c < columns; ++c) {
    const Row column = moments(xs, c, rows, columns);
    moved.push_back(2 + 0.5 * column.mean);
    const double variance = 1 / (column.rstd * column.rstd) - 1e-5;
    wider.push_back(0.5 + 0.5 * variance * rows / (rows - 1));
    for (std::size_t i = c; i < xs.size(); i += columns)
      out[i] = (xs[i] - column.mean) * column.rstd;
  }
  CHECK_CLOSE(d.read(y), out, 1e-4, 2e-4);
  CHECK_CLOSE(d.read(running), moved, 1e-6, 0);
  CHECK_CLOSE(d.read(spread), wider, 1e-4, 0);
}

TEST("crossEntropy: the mean and its gradient; a class that does not exist is reported") {
  Driver d(setup);
  const std::int64_t rows = 67, classes = 35;
  const Operand x = d.random({rows, classes}, 1, -5, 5), loss = d.empty({});
  const Operand slope = d.empty({rows, classes});
  std::vector<std::int32_t> target;
  for (std::int64_t i = 0; i < rows; ++i) target.push_back(static_cast<std::int32_t>(i % classes));
  d.run("crossEntropy", {x, d.ints({rows}, target)}, {loss, slope}, {2, 0, 1, 3});
  const auto xs = d.read(x);
  double total = 0, count = 0;
  for (const auto t : target) count += t != 3;
  std::vector<double> wanted(xs.size());
  for (std::size_t r = 0; r < target.size(); ++r) {
    if (target[r] == 3) continue;
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += std::exp(xs[r * classes + c]);
    total += std::log(sum) - xs[r * classes + static_cast<std::size_t>(target[r])];
    for (std::size_t c = 0; c < classes; ++c) {
      const double hit = static_cast<std::int32_t>(c) == target[r] ? 1 : 0;
      wanted[r * classes + c] = (std::exp(xs[r * classes + c]) / sum - hit) / count;
    }
  }
  CHECK_CLOSE(d.read(loss), std::vector<double>{total / count}, 1e-5, 0);
  CHECK_CLOSE(d.read(slope), wanted, 1e-4, 1e-7);
  target[66] = static_cast<std::int32_t>(classes);
  CHECK_ERROR(invalid_argument,
              d.run("crossEntropy", {x, d.ints({rows}, target)}, {loss, slope}, {2, 0, 0, 0}));
}

TEST("dropout: its gradient draws the same mask, the state moves on") {
  Driver d(setup);
  for (const std::int64_t n : {1001, 5003}) {
    const Operand ones = d.floats({n}, std::vector<float>(static_cast<std::size_t>(n), 1));
    const Operand state = d.ints({4}, {5, 6, -1, 7});
    const Operand y = d.empty({n}), used = d.empty({4}, DType::int32), dx = d.empty({n});
    d.run("dropout", {ones, state}, {y, used}, {1 << 22, 2});
    d.run("dropoutBackward", {ones, used}, {dx}, {1 << 22, 2});
    CHECK(d.read(dx) == d.read(y));
    CHECK(d.read_ints(used) == (std::vector<std::int32_t>{5, 6, -1, 7}));
    CHECK(d.read_ints(state) == (std::vector<std::int32_t>{5, 6, 0, 8}));
    double kept = 0;
    for (const float v : d.read(y)) kept += v / 2;
    CHECK(kept > 0.68 * static_cast<double>(n) && kept < 0.82 * static_cast<double>(n));
  }
}

TEST("causal attention: result and gradients by the formulas") {
  Driver d(setup);
  for (const auto& [queries, keys, depth, width] :
       std::vector<std::array<std::int64_t, 4>>{{1, 1, 1, 1}, {5, 7, 3, 2}, {70, 130, 33, 17}}) {
    const Operand q = d.random({queries, depth}, 1), k = d.random({keys, depth}, 2),
                  v = d.random({keys, width}, 3), dy = d.random({queries, width}, 4);
    const Operand y = d.empty({queries, width}), lse = d.empty({queries});
    const Operand dq = d.empty({queries, depth}), dk = d.empty({keys, depth}),
                  dv = d.empty({keys, width});
    d.run("attention", {q, k, v}, {y, lse}, {0.5, 1, 0});
    d.run("attentionBackward", {dy, q, k, v, y, lse}, {dq, dk, dv}, {0.5, 1, 0});
    const auto qs = d.read(q), ks = d.read(k), vs = d.read(v), dys = d.read(dy);
    const auto L = static_cast<std::size_t>(queries), S = static_cast<std::size_t>(keys);
    const auto D = static_cast<std::size_t>(depth), E = static_cast<std::size_t>(width);
    const auto p = shares_of(qs, ks, L, S, D, 0.5);
    std::vector<double> out(L * E), slope_q(L * D), slope_k(S * D), slope_v(S * E);
    for (std::size_t i = 0; i < L; ++i) {
      double delta = 0;
      for (std::size_t e = 0; e < E; ++e) {
        for (std::size_t j = 0; j < S; ++j) out[i * E + e] += p[i * S + j] * vs[j * E + e];
        delta += out[i * E + e] * dys[i * E + e];
      }
      for (std::size_t j = 0; j < S; ++j) {
        double dp = 0;
        for (std::size_t e = 0; e < E; ++e) {
          dp += static_cast<double>(dys[i * E + e]) * vs[j * E + e];
          slope_v[j * E + e] += p[i * S + j] * dys[i * E + e];
        }
        const double ds = p[i * S + j] * (dp - delta) * 0.5;
        for (std::size_t c = 0; c < D; ++c) {
          slope_q[i * D + c] += ds * ks[j * D + c];
          slope_k[j * D + c] += ds * qs[i * D + c];
        }
      }
    }
    CHECK_CLOSE(d.read(y), out, 1e-4, 1e-5);
    CHECK_CLOSE(d.read(dq), slope_q, 1e-4, 1e-5);
    CHECK_CLOSE(d.read(dk), slope_k, 1e-4, 1e-5);
    CHECK_CLOSE(d.read(dv), slope_v, 1e-4, 1e-5);
  }
}

TEST("the neural ops refuse operands that do not fit") {
  Driver d(setup);
  const Operand x = d.empty({2, 3, 4, 5}), m = d.empty({2, 3}), flat = d.empty({4, 5});
  CHECK_ERROR(shape_mismatch, d.run("normalize", {x, m},
                                    {d.empty({2, 3, 4, 5}), m, d.empty({2, 3})}, {1e-5, 1, 1, 0}));
  CHECK_ERROR(invalid_argument, d.run("normalize", {x}, {d.empty({2, 3, 4, 5}), m, d.empty({2, 3})},
                                      {1e-5, 2, 0, 0}));
  CHECK_ERROR(shape_mismatch, d.run("batchNorm", {d.empty({1, 5})},
                                    {d.empty({1, 5}), d.empty({5}), d.empty({5}), d.empty({5})},
                                    {1e-5, 0.1, 0, 0, 0, 1}));
  CHECK_ERROR(invalid_argument, d.run("attention", {d.empty({2, 257}), d.empty({2, 257}), flat},
                                      {d.empty({2, 5}), d.empty({2})}, {1, 0, 0}));
  CHECK_ERROR(shape_mismatch,
              d.run("attention", {flat, flat, flat}, {d.empty({4, 6}), d.empty({4})}, {1, 0, 0}));
  CHECK_ERROR(invalid_argument, d.run("crossEntropy", {flat, d.ints({4}, {0, 0, 0, 0})},
                                      {d.empty({})}, {1, 2, 0, 0}));
}
