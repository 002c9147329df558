// attention and its gradient, block by block: kRows queries against kKeys keys. The scores of one
// such block are all that is ever held; softmax is carried on from block to block (running largest
// score and sum). Keys and values of a block are packed once and used by all queries of an item.
#include "ops/attention.h"

#include "cpu/gemm/micro.h"
#include "cpu/gemm/pack.h"

namespace carom::cpu::CAROM_ISA {
namespace {

constexpr std::int64_t kRows = 32;
constexpr std::int64_t kKeys = 64;
constexpr std::int64_t kPanel = kMaxVectors * kLanes;  // columns of one packed panel
constexpr std::int64_t kItemRows = 256;                // queries of one item of the forward pass
static_assert(kKeys % kPanel == 0);

CAROM_INLINE std::int64_t least(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

CAROM_INLINE std::int64_t whole_vectors(std::int64_t n) {
  return (n + kLanes - 1) / kLanes * kLanes;
}

/// The mask of one matrix of scores.
struct MaskAt {
  const std::byte* data;
  std::int64_t row, column;
  MaskKind kind;
};

CAROM_INLINE MaskAt mask_of(const AttentionParams& p, std::int64_t batch) {
  if (p.mask_kind == MaskKind::none) return {nullptr, 0, 0, MaskKind::none};
  Matrices<const std::byte> bytes = p.mask;
  const std::int64_t size = p.mask_kind == MaskKind::added ? 4 : 1;
  for (int d = 0; d < p.lead_rank; ++d) bytes.lead[d] *= size;
  return {matrix_of(p, bytes, batch).data, p.mask.row * size, p.mask_column, p.mask_kind};
}

/// score * scale + mask for lanes `first` on of query `row`; -infinity beyond `count` keys.
CAROM_INLINE Vec masked(const MaskAt& mask, Vec score, std::int64_t row, std::int64_t key, int n) {
  const Vec low = splat(-__builtin_inff());
  if (mask.kind == MaskKind::added) {
    const auto* at = reinterpret_cast<const float*>(mask.data + row * mask.row);
    score += gather_first(at + key * mask.column, mask.column, n);
  } else if (mask.kind == MaskKind::boolean) {
    alignas(64) std::int32_t seen[kLanes] = {};
    const std::byte* at = mask.data + row * mask.row + key * mask.column;
    for (int i = 0; i < n; ++i) seen[i] = static_cast<std::int32_t>(at[i * mask.column]);
    score = load(seen) != 0 ? score : low;
  }
  return n == kLanes ? score : (lane_numbers() < n ? score : low);
}

// --------------------------------------------------------------------------------- packed blocks

/// Rows [first, first + count) of a matrix as the columns of a packed b operand: b[d][key], in
/// panels of kPanel columns; what lies beyond `count` is 0.
void pack_transposed(MatrixAt<const float> m, std::int64_t first, std::int64_t count,
                     std::int64_t depth, float* target) {
  for (std::int64_t column = 0; column < count; column += kPanel) {
    const auto columns = static_cast<int>(least(kPanel, count - column));
    const Panel panel{0, kMaxVectors, columns};
    pack_panel({m[first + column], 1, m.row}, panel, 0, depth, target + column * depth);
  }
}

/// Rows of a matrix one after the other, each padded to whole vectors.
void pack_rows_padded(MatrixAt<const float> m, std::int64_t first, std::int64_t count,
                      std::int64_t columns, float* target) {
  const std::int64_t stride = whole_vectors(columns);
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t j = 0; j < columns; j += kLanes) {
      const auto n = static_cast<int>(least(kLanes, columns - j));
      store(target + i * stride + j, load_first(m[first + i] + j, n));
    }
  }
}

/// Rows as a b operand: where they are if they consist of whole vectors, else packed to `target`.
CAROM_INLINE MatrixAt<const float> readable_rows(MatrixAt<const float> m, std::int64_t first,
                                                 std::int64_t count, std::int64_t columns,
                                                 float* target) {
  if (columns % kLanes == 0) return {m[first], m.row};
  pack_rows_padded(m, first, count, columns, target);
  return {target, whole_vectors(columns)};
}

/// scores[rows, count] = a[rows, depth] times a block packed by pack_transposed.
CAROM_INLINE void multiply_transposed(const float* a, std::int64_t a_row, std::int64_t rows,
                                      const float* packed, std::int64_t depth, std::int64_t count,
                                      float* scores) {
  for (std::int64_t column = 0; column < count; column += kPanel) {
    const std::int64_t columns = whole_vectors(least(kPanel, count - column));
    const TileInput in{a, a_row, 1, packed + column * depth, kPanel, depth};
    const TileOutput out{scores + column, kKeys, static_cast<int>(columns),
                         nullptr,         false, Activation::none};
    multiply_rows(rows, static_cast<int>(columns / kLanes), in, out);
  }
}

/// c[rows, columns] (+)= a[rows, k] b[k, columns]
CAROM_INLINE void multiply_into(std::int64_t rows, std::int64_t k, const float* a,
                                std::int64_t a_row, std::int64_t a_col, MatrixAt<const float> b,
                                std::int64_t columns, MatrixAt<float> c, bool add) {
  const Panels panels(columns);
  for (std::int64_t i = 0; i < panels.count; ++i) {
    const Panel panel = panels[i];
    const TileInput in{a, a_row, a_col, b.data + panel.column, b.row, k};
    const TileOutput out{c.data + panel.column, c.row, panel.columns, nullptr, add,
                         Activation::none};
    multiply_rows(rows, panel.vectors, in, out);
  }
}

/// Keys of a block that query `row` sees.
CAROM_INLINE std::int64_t seen_keys(const AttentionParams& p, std::int64_t row, std::int64_t key,
                                    std::int64_t count) {
  if (!p.causal) return count;
  const std::int64_t seen = row + 1 - key;
  return seen < 0 ? 0 : least(seen, count);
}

// --------------------------------------------------------------------------------------- forward

/// Softmax so far of one query.
struct RowState {
  float top, sum;
};

/// Turns a row of `width` products into exp(score - top) and carries the softmax on. Returns what
/// the row's output so far must be multiplied by.
CAROM_INLINE float carry_on(const AttentionParams& p, const MaskAt& mask, std::int64_t row,
                            std::int64_t key, std::int64_t seen, std::int64_t width, float* scores,
                            RowState& state) {
  constexpr int kVectors = static_cast<int>(kKeys / kLanes);
  Vec value[kVectors];
  const int used = static_cast<int>((seen + kLanes - 1) / kLanes);
  Vec tops = splat(-__builtin_inff());
  for (int j = 0; j < used; ++j) {
    const auto n = static_cast<int>(least(kLanes, seen - j * kLanes));
    value[j] = masked(mask, load(scores + j * kLanes) * p.scale, row, key + j * kLanes, n);
    tops = vmax(tops, value[j]);
  }
  const float largest = max_lanes(tops);
  const float top = (state.top > largest || state.top != state.top) ? state.top : largest;
  const float base = top == -__builtin_inff() ? 0.0f : top;
  Vec sums = {};
  for (int j = 0; j < used; ++j) {
    const Vec e = math::exp(value[j] - base);
    sums += value[j] == splat(-__builtin_inff()) ? Vec{} : e;
    store(scores + j * kLanes, value[j] == splat(-__builtin_inff()) ? Vec{} : e);
  }
  for (std::int64_t j = used * kLanes; j < width; j += kLanes) store(scores + j, Vec{});
  const float factor = state.top == top ? 1.0f : math::exp(state.top - base);
  state.sum = state.sum * factor + sum_lanes(sums);
  state.top = top;
  return factor;
}

CAROM_INLINE void scale_row(float* out, std::int64_t columns, float factor) {
  for (std::int64_t j = 0; j < columns; j += kLanes) {
    const auto n = static_cast<int>(least(kLanes, columns - j));
    store_first(out + j, load_first(out + j, n) * factor, n);
  }
}

/// What one item of the forward pass works in. Nothing is set to begin with.
struct ForwardSpace {
  alignas(64) float keys[kMaxHead * kKeys];    // k^T
  alignas(64) float values[kMaxHead * kKeys];  // v
  alignas(64) float scores[kRows * kKeys];
  RowState state[kItemRows];
};

/// One item: up to kItemRows queries against all keys.
struct ForwardItem {
  const AttentionParams& p;
  MatrixAt<const float> q, k, v;
  MatrixAt<float> out;
  MaskAt mask;
  std::int64_t first, count;  // queries
  ForwardSpace& space;

  CAROM_INLINE void run_block(std::int64_t key, std::int64_t block) const {
    pack_transposed(k, key, block, p.depth, space.keys);
    pack_rows_padded(v, key, block, p.width, space.values);
    const MatrixAt<const float> b{space.values, whole_vectors(p.width)};
    for (std::int64_t i = 0; i < count; i += kRows) {
      const std::int64_t rows = least(kRows, count - i), row = first + i;
      const std::int64_t most = seen_keys(p, row + rows - 1, key, block);
      if (most == 0) continue;
      multiply_transposed(q[row], q.row, rows, space.keys, p.depth, most, space.scores);
      for (std::int64_t r = 0; r < rows; ++r) {
        const std::int64_t seen = seen_keys(p, row + r, key, block);
        const float factor = carry_on(p, mask, row + r, key, seen, most, space.scores + r * kKeys,
                                      space.state[i + r]);
        if (key > 0 && factor != 1.0f) scale_row(out[row + r], p.width, factor);
      }
      multiply_into(rows, most, space.scores, kKeys, 1, b, p.width, {out[row], out.row}, key > 0);
    }
  }

  CAROM_INLINE void finish(float* lse) const {
    for (std::int64_t i = 0; i < count; ++i) {
      const RowState& s = space.state[i];
      const bool blind = s.sum == 0.0f;
      if (p.keys == 0) {
        for (std::int64_t j = 0; j < p.width; ++j) out[first + i][j] = 0;
      } else {
        scale_row(out[first + i], p.width, blind ? 0.0f : 1.0f / s.sum);
      }
      lse[first + i] = blind ? -__builtin_inff() : s.top + math::log(s.sum);
    }
  }
};

// -------------------------------------------------------------------------------------- backward

float* delta_of(const Team& team) { return reinterpret_cast<float*>(team.scratch); }

/// delta = sum(dy out), of every query.
void write_deltas(const AttentionParams& p, const Team& team) {
  const Range mine = team.share(p.batch * p.queries);
  for (std::int64_t at = mine.begin; at < mine.end; ++at) {
    const float* dy = matrix_of(p, p.dy, at / p.queries)[at % p.queries];
    const float* y = matrix_of(p, p.y, at / p.queries)[at % p.queries];
    Vec sum = {};
    for (std::int64_t j = 0; j < p.width; j += kLanes) {
      const auto n = static_cast<int>(least(kLanes, p.width - j));
      sum += load_first(dy + j, n) * load_first(y + j, n);
    }
    delta_of(team)[at] = sum_lanes(sum);
  }
}

/// What one item of the backward pass works in. Nothing is set to begin with.
struct BackwardSpace {
  alignas(64) float keys[kMaxHead * kKeys];      // k^T
  alignas(64) float values[kMaxHead * kKeys];    // v^T
  alignas(64) float key_rows[kMaxHead * kKeys];  // k
  alignas(64) float query_rows[kMaxHead * kRows];
  alignas(64) float dy_rows[kMaxHead * kRows];
  alignas(64) float shares[kRows * kKeys];  // products, then P
  alignas(64) float slopes[kRows * kKeys];  // dy v^T, then dS
};

/// One item: all queries of a batch against a chunk of its keys.
struct BackwardItem {
  const AttentionParams& p;
  MatrixAt<const float> q, k, v, dy;
  MatrixAt<float> dq, dk, dv;
  MaskAt mask;
  const float *lse, *delta;
  BackwardSpace& space;

  /// P and dS of one query; zeros from `seen` to `width`.
  CAROM_INLINE void differentiate_row(std::int64_t row, std::int64_t r, std::int64_t key,
                                      std::int64_t seen, std::int64_t width) const {
    float* s = space.shares + r * kKeys;
    float* d = space.slopes + r * kKeys;
    if (lse[row] == -__builtin_inff()) seen = 0;
    for (std::int64_t j = 0; j < width; j += kLanes) {
      Vec share = {}, slope = {};
      if (j < seen) {
        const auto n = static_cast<int>(least(kLanes, seen - j));
        const Vec score = masked(mask, load(s + j) * p.scale, row, key + j, n);
        const VecI hidden = score == splat(-__builtin_inff());
        share = math::exp(score - lse[row]);
        share = hidden ? Vec{} : share;
        slope = share * (load(d + j) - delta[row]) * p.scale;
        slope = hidden ? Vec{} : slope;
      }
      store(s + j, share);
      store(d + j, slope);
    }
  }

  CAROM_INLINE void run_block(std::int64_t key, std::int64_t block, bool first) const {
    pack_transposed(k, key, block, p.depth, space.keys);
    pack_transposed(v, key, block, p.width, space.values);
    pack_rows_padded(k, key, block, p.depth, space.key_rows);
    const MatrixAt<const float> k_rows{space.key_rows, whole_vectors(p.depth)};
    bool started = false;
    const std::int64_t start = p.causal ? key / kRows * kRows : 0;
    for (std::int64_t row = start; row < p.queries; row += kRows) {
      const std::int64_t rows = least(kRows, p.queries - row);
      const std::int64_t most = seen_keys(p, row + rows - 1, key, block);
      if (most == 0) continue;
      multiply_transposed(q[row], q.row, rows, space.keys, p.depth, most, space.shares);
      multiply_transposed(dy[row], dy.row, rows, space.values, p.width, most, space.slopes);
      const std::int64_t all = started ? most : block;  // the first one writes dk and dv
      for (std::int64_t r = 0; r < rows; ++r)
        differentiate_row(row + r, r, key, seen_keys(p, row + r, key, block), all);
      const auto q_block = readable_rows(q, row, rows, p.depth, space.query_rows);
      const auto dy_block = readable_rows(dy, row, rows, p.width, space.dy_rows);
      multiply_into(all, rows, space.shares, 1, kKeys, dy_block, p.width, {dv[key], dv.row},
                    started);
      multiply_into(all, rows, space.slopes, 1, kKeys, q_block, p.depth, {dk[key], dk.row},
                    started);
      multiply_into(rows, most, space.slopes, kKeys, 1, k_rows, p.depth, {dq[row], dq.row}, !first);
      started = true;
    }
    for (std::int64_t i = 0; i < block && !started; ++i) {
      for (std::int64_t j = 0; j < p.depth; ++j) dk[key + i][j] = 0;
      for (std::int64_t j = 0; j < p.width; ++j) dv[key + i][j] = 0;
    }
  }
};

void differentiate(const AttentionParams& p, const Team& team) {
  const std::int64_t rows = p.batch * p.queries;
  const Range mine = team.share(p.batch * p.chunks);
  BackwardSpace space;
  for (std::int64_t at = mine.begin; at < mine.end; ++at) {
    const std::int64_t batch = at / p.chunks, chunk = at % p.chunks;
    MatrixAt<float> dq = matrix_of(p, p.dq, batch);
    if (p.chunks > 1) {
      float* own = delta_of(team) + rows + (chunk * rows + batch * p.queries) * p.depth;
      dq = {own, p.depth};
    }
    const std::int64_t begin = chunk * p.chunk_keys;
    const std::int64_t end = least(begin + p.chunk_keys, p.keys);
    // The first block overwrites dq, unless it does not see all queries.
    const bool clear = begin > 0 || end <= begin;
    for (std::int64_t i = 0; i < p.queries && clear; ++i) {
      for (std::int64_t j = 0; j < p.depth; ++j) dq[i][j] = 0;
    }
    const BackwardItem item{p,
                            matrix_of(p, p.q, batch),
                            matrix_of(p, p.k, batch),
                            matrix_of(p, p.v, batch),
                            matrix_of(p, p.dy, batch),
                            dq,
                            matrix_of(p, p.dk, batch),
                            matrix_of(p, p.dv, batch),
                            mask_of(p, batch),
                            p.lse + batch * p.queries,
                            delta_of(team) + batch * p.queries,
                            space};
    for (std::int64_t key = begin; key < end; key += kKeys)
      item.run_block(key, least(kKeys, end - key), key == begin && !clear);
  }
}

/// dq is the sum over the chunks of the keys.
void add_chunks(const AttentionParams& p, const Team& team) {
  const std::int64_t rows = p.batch * p.queries;
  const Range mine = team.share(rows);
  for (std::int64_t at = mine.begin; at < mine.end; ++at) {
    float* dq = matrix_of(p, p.dq, at / p.queries)[at % p.queries];
    const float* part = delta_of(team) + rows + at * p.depth;
    for (std::int64_t j = 0; j < p.depth; j += kLanes) {
      const auto n = static_cast<int>(least(kLanes, p.depth - j));
      Vec sum = {};
      for (std::int64_t c = 0; c < p.chunks; ++c)
        sum += load_first(part + c * rows * p.depth + j, n);
      store_first(dq + j, sum, n);
    }
  }
}

}  // namespace

void attention(const AttentionParams& p, const Team& team) {
  const std::int64_t blocks = (p.queries + kItemRows - 1) / kItemRows;
  const Range mine = team.share(p.batch * blocks);
  ForwardSpace space;
  for (std::int64_t at = mine.begin; at < mine.end; ++at) {
    const std::int64_t batch = at / blocks, first = at % blocks * kItemRows;
    const ForwardItem item{p,
                           matrix_of(p, p.q, batch),
                           matrix_of(p, p.k, batch),
                           matrix_of(p, p.v, batch),
                           matrix_of(p, p.out, batch),
                           mask_of(p, batch),
                           first,
                           least(kItemRows, p.queries - first),
                           space};
    for (std::int64_t i = 0; i < item.count; ++i) space.state[i] = {-__builtin_inff(), 0};
    const std::int64_t last = p.causal ? least(p.keys, first + item.count) : p.keys;
    for (std::int64_t key = 0; key < last; key += kKeys)
      item.run_block(key, least(kKeys, p.keys - key));
    item.finish(p.lse + batch * p.queries);
  }
}

void attention_backward(const AttentionParams& p, const Team& team) {
  if (team.phase == 0) return write_deltas(p, team);
  if (team.phase == 1) return differentiate(p, team);
  add_chunks(p, team);
}

}  // namespace carom::cpu::CAROM_ISA
