#include "ops/reduce.h"

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

bool accepts(ReduceKind kind, DType dtype) {
  if (dtype == DType::float32 || dtype == DType::float64) return true;
  return dtype == DType::int32 && kind != ReduceKind::mean;
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
  call.expect_dtype(out, "output", kind == ReduceKind::argmax ? DType::int32 : in.dtype);
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
  params.inner = make_nest(in, kept, in.rank);
  const bool is_sum = kind == ReduceKind::sum || kind == ReduceKind::mean;
  if (!is_sum && params.inner.size == 0 && out.size > 0) {
    call.fail(ErrorCode::invalid_argument, "nothing to reduce (got ", in.shape_text(), ")");
  }
  const bool dense = params.inner.strides[params.inner.rank - 1] == 1;
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
