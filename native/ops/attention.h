// attention: softmax(q k^T scale + mask) v for a batch of matrices, without ever holding a whole
// matrix of scores, and its gradient (after Dao et al. 2022, "FlashAttention").
//
//   attention          inputs: q [..., L, D], k [..., S, D], v [..., S, E], mask [..., L, S]?
//                      outputs: out [..., L, E], lse [..., L]
//   attentionBackward  inputs: dy [..., L, E], q, k, v, out, lse, mask?
//                      outputs: dq [..., L, D], dk [..., S, D], dv [..., S, E]
//   parameters: scale, causal 0|1, masked 0|1 (whether a mask is given)
//
//   lse[i] = log sum_j exp(score[i, j])        P = exp(score - lse)        delta = sum(dy out)
//   dv = P^T dy      dS = P (dy v^T - delta) scale      dq = dS k      dk = dS^T q
//
// The mask is bool (false: score -infinity) or float (added to the scores). causal: query i sees
// keys 0..i. A query that sees no key has out 0, lse -infinity and no gradient. All views have one
// rank and the same leading sizes (stride 0 broadcasts); rows are dense, apart from the mask's; lse
// is contiguous. D and E are at most kMaxHead.
#pragma once

#include "ops/kernel.h"
#include "ops/rows.h"

namespace carom {

inline constexpr std::int64_t kMaxHead = 256;
inline constexpr int kMaxLead = kMaxRank - 2;

/// A batch of matrices: strides of the leading dimensions and from row to row.
template <class T>
struct Matrices {
  T* data;
  std::int64_t lead[kMaxLead];
  std::int64_t row;
};

enum class MaskKind { none, boolean, added };

struct AttentionParams {
  Matrices<const float> q, k, v, dy, y;
  Matrices<float> out, dq, dk, dv;
  float* lse;                      // [batch, L]
  Matrices<const std::byte> mask;  // strides in elements
  std::int64_t mask_column;
  MaskKind mask_kind;
  int lead_rank;
  std::int64_t lead[kMaxLead];
  std::int64_t batch, queries, keys, depth, width;  // L, S, D, E
  std::int64_t chunks, chunk_keys;                  // backward: parts of the keys done apart
  float scale;
  bool causal;
};

/// One of the batch's matrices.
template <class T>
struct MatrixAt {
  T* data;
  std::int64_t row;

  CAROM_INLINE T* operator[](std::int64_t i) const { return data + i * row; }
};

template <class T>
CAROM_INLINE MatrixAt<T> matrix_of(const AttentionParams& p, const Matrices<T>& m,
                                   std::int64_t batch) {
  T* at = m.data;
  for (int d = p.lead_rank - 1; d >= 0; --d) {
    at += batch % p.lead[d] * m.lead[d];
    batch /= p.lead[d];
  }
  return {at, m.row};
}

AttentionParams make_attention(const Call& call, Plan& plan);
AttentionParams make_attention_backward(const Call& call, Plan& plan);

CAROM_KERNEL(attention, AttentionParams)
CAROM_KERNEL(attention_backward, AttentionParams)

}  // namespace carom
