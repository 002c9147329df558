#include "ops/gemm.h"

#include <algorithm>

namespace carom {
namespace {

constexpr std::int64_t kThinRows = 4;
constexpr std::int64_t kNarrowColumns = 8;
constexpr std::int64_t kRowsWorthSharing = 64;

void set_strides(const Call& call, const TensorView& view, const char* name, std::int64_t& row,
                 std::int64_t& col) {
  row = view.strides[0];
  col = view.strides[1];
  // The stride of a dimension of one element is never used: take the one that makes the view dense.
  if (view.shape[1] <= 1) col = 1;
  else if (view.shape[0] <= 1) row = col == 1 ? view.shape[1] : 1;
  if (row == 1 || col == 1) return;
  call.fail(ErrorCode::invalid_argument, name, " needs unit stride in one dimension (got strides [",
            view.strides[0], ",", view.strides[1], "] for ", view.shape_text(), ")");
}

GemmWay choose_way(const GemmParams& p) {
  if (p.m <= kThinRows) return p.k >= 1024 && p.n <= 256 ? GemmWay::split_k : GemmWay::thin;
  const bool small_result = p.m <= 256 && p.n <= 512;
  const bool long_sum = p.k >= 256 && p.k >= 2 * p.m;
  if (small_result && long_sum) return GemmWay::split_k;
  const bool dense_k = p.a_col == 1 && p.b_row == 1 && p.k >= kGemmColumns;
  return p.n <= kNarrowColumns && dense_k ? GemmWay::narrow : GemmWay::rows;
}

void plan_rows(GemmParams& p, Plan& plan, double work) {
  p.by_rows = p.m >= kRowsWorthSharing;
  plan.scratch_bytes = static_cast<std::size_t>(padded_columns(p.n) * p.k) * sizeof(float);
  PhaseUse pack;
  pack.reads = input_bit(1);
  pack.writes = kScratch;
  plan.phase(static_cast<double>(p.n * p.k) * 0.1, pack);
  PhaseUse multiply;
  multiply.reads = (kAllInputs & ~input_bit(1)) | kScratch;
  if (p.by_rows) multiply.by_rows = input_bit(0) | output_bit(0);
  multiply.row_count = p.m;
  plan.phase(work, multiply);
}

void plan_narrow(GemmParams& p, Plan& plan, double work) {
  PhaseUse use;
  use.by_rows = input_bit(0) | output_bit(0);
  use.row_count = p.m;
  plan.phase(2 * work, use);
}

void plan_split_k(GemmParams& p, Plan& plan, double work, bool right_transposed) {
  // A rank's rows of k are whole pieces.
  p.piece = Team::row_grain(p.k);
  const std::int64_t pieces = (p.k + p.piece - 1) / p.piece;
  const auto waste = [](std::int64_t n) {
    return static_cast<double>(padded_columns(n)) / static_cast<double>(n);
  };
  p.swapped =
      p.bias == nullptr && p.activation == Activation::none && waste(p.m) < waste(p.n) - 0.04;
  const std::int64_t partial = partial_size(p);
  plan.scratch_bytes = static_cast<std::size_t>(pieces * partial) * sizeof(float);
  PhaseUse multiply;
  multiply.reads = input_bit(0) | input_bit(1);
  multiply.writes = kScratch;
  multiply.by_rows = multiply.reads;
  multiply.transposed = input_bit(0) | (right_transposed ? input_bit(1) : 0);
  multiply.row_count = p.k;
  plan.phase(work, multiply);
  PhaseUse sum;
  sum.reads = (kAllInputs & ~(input_bit(0) | input_bit(1))) | kScratch;
  plan.phase(static_cast<double>(pieces * partial) * cost::kForeignElement, sum);
}

}  // namespace

GemmParams make_gemm(const Call& call, const TensorView& a, const TensorView& b,
                     const TensorView& c) {
  GemmParams p{};
  p.m = a.shape[0];
  p.k = a.shape[1];
  p.n = b.shape[1];
  p.a = a.as<const float>();
  p.b = b.as<const float>();
  p.c = c.as<float>();
  set_strides(call, a, "left operand", p.a_row, p.a_col);
  set_strides(call, b, "right operand", p.b_row, p.b_col);
  p.c_row = c.strides[0];
  p.activation = Activation::none;
  return p;
}

void plan_gemm(GemmParams& p, Plan& plan, bool right_transposed) {
  const double flops =
      2.0 * static_cast<double>(p.m) * static_cast<double>(p.n) * static_cast<double>(p.k);
  const double work = flops * cost::kFlop + static_cast<double>(p.m * p.n) * cost::kElement;
  plan.flops = flops;
  p.way = choose_way(p);
  if (p.way == GemmWay::rows) return plan_rows(p, plan, work);
  if (p.way == GemmWay::split_k) return plan_split_k(p, plan, work, right_transposed);
  if (p.way == GemmWay::narrow) return plan_narrow(p, plan, work);
  plan.phase(static_cast<double>(p.n * p.k) * 0.2);
}

}  // namespace carom
