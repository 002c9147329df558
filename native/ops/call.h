// Call: one decoded and bounds-checked command, and the checks that op headers make on it.
// A command is `[nInputs, nOutputs, operand..., parameter...]`, each operand
// `[handle, offset, rank, shape..., strides...]`, all numbers as doubles.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include "core/error.h"
#include "core/storage.h"
#include "core/tensor_view.h"
#include "core/text.h"
#include "ops/plan.h"

namespace carom {

class Call {
 public:
  /// Decodes `words`; throws a typed error in the name of `op` for anything that is not a valid
  /// command.
  Call(const char* op, const double* words, std::int64_t length, HandleTable& handles);

  const char* op() const { return op_; }
  int input_count() const { return input_count_; }
  int output_count() const { return output_count_; }
  int param_count() const { return param_count_; }
  const TensorView& in(int i) const { return inputs_[i]; }
  const TensorView& out(int i) const { return outputs_[i]; }
  Storage& input_storage(int i) const { return *storages_[i]; }
  Storage& output_storage(int i) const { return *storages_[input_count_ + i]; }
  double param(int i) const { return params_[i]; }
  /// Whether an operand lies in memory of the caller (HandleTable::adopt).
  bool touches_adopted() const;

  /// Throws unless the command has this many operands and parameters.
  void expect_counts(int inputs, int outputs, int params) const;
  void expect_dtype(const TensorView& view, const char* name, DType dtype) const;
  void expect_rank(const TensorView& view, const char* name, int rank) const;
  void expect_shape(const TensorView& view, const char* name,
                    std::initializer_list<std::int64_t> shape) const;
  void expect_same_shape(const TensorView& view, const char* name, const TensorView& like) const;
  /// The view is one run of elements.
  void expect_contiguous(const TensorView& view, const char* name) const;
  /// The last dimension has stride 1 (or at most one element).
  void expect_dense_rows(const TensorView& view, const char* name) const;
  /// A parameter that must be an integer in [low, high].
  std::int64_t integer_param(int i, const char* name, std::int64_t low, std::int64_t high) const;

  template <class... Parts>
  [[noreturn]] void fail(ErrorCode code, const Parts&... parts) const {
    throw Error(code, op_, text(parts...));
  }

 private:
  struct Reader;
  void decode_view(Reader& reader, TensorView& view, HandleTable& handles, Storage*& storage);
  void reject_overlapping_outputs() const;

  const char* op_;
  int input_count_ = 0;
  int output_count_ = 0;
  int param_count_ = 0;
  const double* params_ = nullptr;
  TensorView inputs_[kMaxInputs];
  TensorView outputs_[kMaxOutputs];
  Storage* storages_[kMaxInputs + kMaxOutputs];
};

}  // namespace carom
