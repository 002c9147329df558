#include "ops/reduce.h"

#include <cstdlib>
#include <utility>

namespace carom {
namespace {

constexpr std::int64_t kBlock = 16384;

LoopNest make_nest(const TensorView& view, int begin, int end) {
  LoopNest nest{};
  nest.size = 1;
  for (int d = begin; d < end; ++d) {
    nest.size *= view.shape[d];
    if (view.shape[d] == 1) continue;
    const int last = nest.rank - 1;
    if (last >= 0 && nest.strides[last] == view.strides[d] * view.shape[d]) {
      nest.shape[last] *= view.shape[d];
      nest.strides[last] = view.strides[d];
    } else {
      nest.shape[nest.rank] = view.shape[d];
      nest.strides[nest.rank++] = view.strides[d];
    }
  }
  if (nest.rank == 0) {
    nest.rank = 1;
    nest.shape[0] = 1;
  }
  return nest;
}

/// The widest strides outermost, so that neighbours in memory are read together.
void sort_by_stride(const TensorView& view, int begin, TensorView& sorted) {
  sorted = view;
  for (int d = begin + 1; d < view.rank; ++d) {
    for (int at = d; at > begin; --at) {
      if (std::abs(sorted.strides[at - 1]) >= std::abs(sorted.strides[at])) break;
      std::swap(sorted.strides[at - 1], sorted.strides[at]);
      std::swap(sorted.shape[at - 1], sorted.shape[at]);
    }
  }
}

bool is_position(ReduceKind kind) {
  return kind == ReduceKind::argmax || kind == ReduceKind::argmin;
}

bool accepts(ReduceKind kind, DType dtype) {
  const bool truth = kind == ReduceKind::any || kind == ReduceKind::all;
  if (truth || dtype == DType::boolean) return truth && dtype == DType::boolean;
  if (dtype == DType::uint8) return kind >= ReduceKind::max;
  return dtype != DType::int32 || kind != ReduceKind::mean;
}

}  // namespace

ReduceParams make_reduce(const Call& call, Plan& plan, ReduceKind kind) {
  call.expect_counts(1, 1, 1);
  const TensorView& in = call.in(0);
  const TensorView& out = call.out(0);
  const int trailing = static_cast<int>(call.integer_param(0, "number of dimensions", 0, in.rank));
  const int kept = in.rank - trailing;
  if (!accepts(kind, in.dtype))
    call.fail(ErrorCode::dtype_mismatch, "cannot take ", dtype_name(in.dtype));
  call.expect_dtype(out, "output", is_position(kind) ? DType::int32 : in.dtype);
  if (out.rank != kept || shape_text(out.shape, kept) != shape_text(in.shape, kept)) {
    call.fail(ErrorCode::shape_mismatch, "output has the wrong shape (got ", out.shape_text(),
              ", expected ", shape_text(in.shape, kept), ")");
  }
  call.expect_contiguous(out, "output");
  ReduceParams params{};
  params.kind = kind;
  params.dtype = in.dtype;
  params.in = in.data;
  params.out = out.data;
  params.outer = make_nest(in, 0, kept);
  TensorView sorted;
  sort_by_stride(in, kept, sorted);
  params.inner = make_nest(is_position(kind) ? in : sorted, kept, in.rank);
  const bool is_sum = kind == ReduceKind::sum || kind == ReduceKind::mean;
  if (kind >= ReduceKind::max && params.inner.size == 0 && out.size > 0) {
    call.fail(ErrorCode::invalid_argument, "nothing to reduce (got ", in.shape_text(), ")");
  }
  const bool dense = params.inner.strides[params.inner.rank - 1] == 1 ||
                     params.outer.strides[params.outer.rank - 1] == 1;
  const double work =
      static_cast<double>(in.size) * (dense ? cost::kElement : cost::kStridedElement);
  plan.flops = static_cast<double>(in.size);
  const bool whole =
      params.outer.size == 1 && params.inner.rank == 1 && params.inner.strides[0] == 1;
  if (is_sum && whole && in.dtype == DType::float32 && in.size > kBlock) {
    params.block = kBlock;
    const std::int64_t blocks = (in.size + kBlock - 1) / kBlock;
    plan.scratch_bytes = static_cast<std::size_t>(blocks) * sizeof(double);
    plan.phase(work, {kAllInputs, kScratch});
    plan.phase(static_cast<double>(blocks), {kScratch, kAllOutputs});
  } else {
    plan.phase(work);
  }
  return params;
}

}  // namespace carom
