#include "ops/call.h"

#include <cmath>

namespace carom {
namespace {

constexpr double kMaxExtent = 1099511627776.0;  // 2^40
constexpr std::int64_t kMaxSize = std::int64_t{1} << 48;

}  // namespace

/// Walks over the command's words.
struct Call::Reader {
  const Call& call;
  const double* at;
  const double* end;

  std::int64_t integer(const char* what, double low, double high) {
    if (at >= end) call.fail(ErrorCode::invalid_argument, "the command ends before its ", what);
    const double value = *at++;
    if (!(value >= low && value <= high) || value != std::floor(value)) {
      call.fail(ErrorCode::invalid_argument, "bad ", what, " (got ", value,
                ", expected an integer in ", low, "..", high, ")");
    }
    return static_cast<std::int64_t>(value);
  }
};

Call::Call(const char* op, const double* words, std::int64_t length, HandleTable& handles)
    : op_(op) {
  Reader reader{*this, words, words + length};
  input_count_ = static_cast<int>(reader.integer("number of inputs", 0, kMaxInputs));
  output_count_ = static_cast<int>(reader.integer("number of outputs", 0, kMaxOutputs));
  for (int i = 0; i < input_count_; ++i) decode_view(reader, inputs_[i], handles, storages_[i]);
  for (int i = 0; i < output_count_; ++i) {
    decode_view(reader, outputs_[i], handles, storages_[input_count_ + i]);
  }
  params_ = reader.at;
  param_count_ = static_cast<int>(reader.end - reader.at);
  reject_overlapping_outputs();
}

void Call::decode_view(Reader& reader, TensorView& view, HandleTable& handles, Storage*& storage) {
  if (reader.at >= reader.end)
    fail(ErrorCode::invalid_argument, "the command ends before its operands");
  storage = &handles.find(*reader.at++, op_);
  const std::int64_t offset = reader.integer("offset", 0, kMaxExtent);
  view.rank = static_cast<int>(reader.integer("rank", 0, kMaxRank));
  view.dtype = storage->dtype;
  view.size = 1;
  bool empty = false;
  for (int d = 0; d < view.rank; ++d) {
    view.shape[d] = reader.integer("extent", 0, kMaxExtent);
    if (view.shape[d] == 0) empty = true;
    else if (view.size > kMaxSize / view.shape[d])
      fail(ErrorCode::invalid_argument, "view too large");
    else view.size *= view.shape[d];
  }
  if (empty) view.size = 0;
  std::int64_t low = offset, high = offset;
  for (int d = 0; d < view.rank; ++d) {
    const std::int64_t stride = reader.integer("stride", -kMaxExtent, kMaxExtent);
    view.strides[d] = stride;
    std::int64_t reach;
    if (empty || view.shape[d] <= 1) continue;
    if (__builtin_mul_overflow(stride, view.shape[d] - 1, &reach)) {
      fail(ErrorCode::invalid_argument, "stride too large (got ", stride, ")");
    }
    std::int64_t& bound = reach < 0 ? low : high;
    if (__builtin_add_overflow(bound, reach, &bound)) {
      fail(ErrorCode::invalid_argument, "stride too large (got ", stride, ")");
    }
  }
  const std::int64_t last = empty ? offset - 1 : high;
  if (low < 0 || last >= storage->count) {
    fail(ErrorCode::invalid_argument, "the view ", view.shape_text(), " reaches elements ", low,
         "..", last, " of a storage of ", storage->count);
  }
  const auto item = static_cast<std::int64_t>(dtype_size(view.dtype));
  view.data = storage->data + offset * item;
  view.begin = storage->data + low * item;
  view.end = storage->data + (last + 1) * item;
}

void Call::reject_overlapping_outputs() const {
  for (int i = 0; i < output_count_; ++i) {
    const TensorView& view = outputs_[i];
    if (view.size == 0) continue;
    for (int d = 0; d < view.rank; ++d) {
      if (view.strides[d] != 0 || view.shape[d] <= 1) continue;
      fail(ErrorCode::invalid_argument, "output ", i, " is a broadcast view ", view.shape_text(),
           ": its elements overlap");
    }
  }
}

bool Call::touches_adopted() const {
  for (int i = 0; i < input_count_ + output_count_; ++i) {
    if (storages_[i]->disowned) return true;
  }
  return false;
}

void Call::expect_counts(int inputs, int outputs, int params) const {
  if (input_count_ == inputs && output_count_ == outputs && param_count_ == params) return;
  fail(ErrorCode::invalid_argument, "wrong number of operands (got ", input_count_, " inputs, ",
       output_count_, " outputs, ", param_count_, " parameters, expected ", inputs, ", ", outputs,
       ", ", params, ")");
}

void Call::expect_dtype(const TensorView& view, const char* name, DType dtype) const {
  if (view.dtype == dtype) return;
  fail(ErrorCode::dtype_mismatch, name, " has the wrong element type (got ", dtype_name(view.dtype),
       ", expected ", dtype_name(dtype), ")");
}

void Call::expect_rank(const TensorView& view, const char* name, int rank) const {
  if (view.rank == rank) return;
  fail(ErrorCode::shape_mismatch, name, " has the wrong rank (got ", view.shape_text(),
       ", expected ", rank, " dimensions)");
}

void Call::expect_shape(const TensorView& view, const char* name,
                        std::initializer_list<std::int64_t> shape) const {
  bool same = view.rank == static_cast<int>(shape.size());
  int d = 0;
  for (const std::int64_t extent : shape) same = same && view.shape[d++] == extent;
  if (same) return;
  fail(ErrorCode::shape_mismatch, name, " has the wrong shape (got ", view.shape_text(),
       ", expected ", shape_text(shape.begin(), static_cast<int>(shape.size())), ")");
}

void Call::expect_same_shape(const TensorView& view, const char* name,
                             const TensorView& like) const {
  if (same_shape(view, like)) return;
  fail(ErrorCode::shape_mismatch, name, " has the wrong shape (got ", view.shape_text(),
       ", expected ", like.shape_text(), ")");
}

void Call::expect_contiguous(const TensorView& view, const char* name) const {
  if (view.contiguous()) return;
  fail(ErrorCode::invalid_argument, name, " must be contiguous (view ", view.shape_text(), ")");
}

void Call::expect_dense_rows(const TensorView& view, const char* name) const {
  if (view.rank == 0 || view.contiguous_from(view.rank - 1)) return;
  fail(ErrorCode::invalid_argument, name, " must have dense rows (got stride ",
       view.strides[view.rank - 1], " in the last dimension of ", view.shape_text(), ")");
}

std::int64_t Call::integer_param(int i, const char* name, std::int64_t low,
                                 std::int64_t high) const {
  const double value = params_[i];
  if (!(value >= static_cast<double>(low) && value <= static_cast<double>(high)) ||
      value != std::floor(value)) {
    fail(ErrorCode::invalid_argument, "bad ", name, " (got ", value, ", expected an integer in ",
         low, "..", high, ")");
  }
  return static_cast<std::int64_t>(value);
}

}  // namespace carom
