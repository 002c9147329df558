#include "ops/attention.h"

namespace carom {
namespace {

/// Checks that a view is [lead..., sizes...].
void expect_matrices(const Call& call, const AttentionParams& p, const TensorView& view,
                     const char* name, std::initializer_list<std::int64_t> sizes) {
  TensorView wanted{};
  for (int d = 0; d < p.lead_rank; ++d) wanted.shape[wanted.rank++] = p.lead[d];
  for (const std::int64_t size : sizes) wanted.shape[wanted.rank++] = size;
  call.expect_same_shape(view, name, wanted);
}

template <class T>
Matrices<T> matrices(const Call& call, const AttentionParams& p, const TensorView& view,
                     const char* name, std::int64_t rows, std::int64_t columns) {
  call.expect_dtype(view, name, DType::float32);
  expect_matrices(call, p, view, name, {rows, columns});
  call.expect_dense_rows(view, name);
  Matrices<T> m{};
  m.data = view.as<T>();
  for (int d = 0; d < p.lead_rank; ++d) m.lead[d] = view.strides[d];
  m.row = view.strides[p.lead_rank];
  return m;
}

void read_mask(const Call& call, AttentionParams& p, const TensorView& mask) {
  if (mask.dtype != DType::boolean) call.expect_dtype(mask, "mask", DType::float32);
  expect_matrices(call, p, mask, "mask", {p.queries, p.keys});
  p.mask_kind = mask.dtype == DType::boolean ? MaskKind::boolean : MaskKind::added;
  p.mask.data = mask.data;
  for (int d = 0; d < p.lead_rank; ++d) p.mask.lead[d] = mask.strides[d];
  p.mask.row = mask.strides[p.lead_rank];
  p.mask_column = mask.strides[p.lead_rank + 1];
}

/// Sizes from q, k and v, the parameters, and the mask at the end of the inputs.
AttentionParams read_shapes(const Call& call, int first, int inputs, int outputs) {
  AttentionParams p{};
  if (call.param_count() != 3) call.expect_counts(call.input_count(), call.output_count(), 3);
  p.scale = static_cast<float>(call.param(0));
  p.causal = call.integer_param(1, "causal", 0, 1) != 0;
  const bool masked = call.integer_param(2, "masked", 0, 1) != 0;
  call.expect_counts(inputs + masked, outputs, 3);
  const TensorView &q = call.in(first), &k = call.in(first + 1), &v = call.in(first + 2);
  if (q.rank < 2 || k.rank != q.rank || v.rank != q.rank) {
    call.fail(ErrorCode::shape_mismatch, "ranks differ or are below 2 (got ", q.shape_text(), ", ",
              k.shape_text(), " and ", v.shape_text(), ")");
  }
  p.lead_rank = q.rank - 2;
  p.batch = 1;
  for (int d = 0; d < p.lead_rank; ++d) {
    p.lead[d] = q.shape[d];
    p.batch *= q.shape[d];
  }
  p.queries = q.shape[q.rank - 2];
  p.depth = q.shape[q.rank - 1];
  p.keys = k.shape[k.rank - 2];
  p.width = v.shape[v.rank - 1];
  if (p.depth > kMaxHead || p.width > kMaxHead) {
    call.fail(ErrorCode::invalid_argument, "heads are too large (got ", q.shape_text(), " and ",
              v.shape_text(), ", expected at most ", kMaxHead, " features)");
  }
  p.q = matrices<const float>(call, p, q, "q", p.queries, p.depth);
  p.k = matrices<const float>(call, p, k, "k", p.keys, p.depth);
  p.v = matrices<const float>(call, p, v, "v", p.keys, p.width);
  if (masked) read_mask(call, p, call.in(inputs));
  return p;
}

float* read_lse(const Call& call, const AttentionParams& p, const TensorView& lse) {
  call.expect_dtype(lse, "lse", DType::float32);
  expect_matrices(call, p, lse, "lse", {p.queries});
  call.expect_contiguous(lse, "lse");
  return lse.as<float>();
}

double score_count(const AttentionParams& p) {
  const double all = static_cast<double>(p.batch) * static_cast<double>(p.queries * p.keys);
  return p.causal ? all / 2 : all;
}

}  // namespace

AttentionParams make_attention(const Call& call, Plan& plan) {
  AttentionParams p = read_shapes(call, 0, 3, 2);
  p.out = matrices<float>(call, p, call.out(0), "output", p.queries, p.width);
  p.lse = read_lse(call, p, call.out(1));
  const double flops = score_count(p) * 2 * static_cast<double>(p.depth + p.width);
  plan.phase(flops * cost::kFlop + score_count(p) * cost::kMathElement);
  plan.flops = flops;
  return p;
}

AttentionParams make_attention_backward(const Call& call, Plan& plan) {
  AttentionParams p = read_shapes(call, 1, 6, 3);
  p.dy = matrices<const float>(call, p, call.in(0), "dy", p.queries, p.width);
  p.y = matrices<const float>(call, p, call.in(4), "output", p.queries, p.width);
  p.lse = read_lse(call, p, call.in(5));
  p.dq = matrices<float>(call, p, call.out(0), "dq", p.queries, p.depth);
  p.dk = matrices<float>(call, p, call.out(1), "dk", p.keys, p.depth);
  p.dv = matrices<float>(call, p, call.out(2), "dv", p.keys, p.width);
  // Few large matrices: the keys are cut, so that there is work for several threads.
  constexpr std::int64_t kParts = 8, kLeastKeys = 256, kGrain = 64;
  p.chunks = 1;
  if (p.batch > 0 && p.batch < kParts) {
    const std::int64_t most = p.keys / kLeastKeys, wanted = kParts / p.batch;
    p.chunks = most < 1 ? 1 : most < wanted ? most : wanted;
  }
  p.chunk_keys = ((p.keys + p.chunks - 1) / p.chunks + kGrain - 1) / kGrain * kGrain;
  const std::int64_t rows = p.batch * p.queries;
  std::int64_t scratch = rows;
  if (p.chunks > 1) scratch += p.chunks * rows * p.depth;
  plan.scratch_bytes = static_cast<std::size_t>(scratch) * sizeof(float);
  const double flops = score_count(p) * (6 * static_cast<double>(p.depth) +
                                         4 * static_cast<double>(p.width));
  plan.phase(static_cast<double>(rows * p.width) * cost::kElement,
             {input_bit(0) | input_bit(4), kScratch});
  PhaseUse main;
  main.reads = kAllInputs | kScratch;
  main.writes = kAllOutputs | kScratch;
  plan.phase(flops * cost::kFlop + score_count(p) * cost::kMathElement, main);
  if (p.chunks > 1) {
    plan.phase(static_cast<double>(p.chunks * rows * p.depth) * cost::kForeignElement,
               {kScratch, output_bit(0)});
  }
  plan.flops = flops;
  return p;
}

}  // namespace carom
