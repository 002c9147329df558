// The one error type of the native core. Code inside throws carom::Error; binding/errors.cpp is the
// only place that turns it into a JavaScript error.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace carom {

enum class ErrorCode {
  shape_mismatch,
  dtype_mismatch,
  invalid_argument,
  stale_handle,
  out_of_memory,
  recording,
  internal,
};

/// The stable text of a code, as JavaScript sees it ("SHAPE_MISMATCH", ...).
const char* code_name(ErrorCode code);

/// What went wrong, in which operation. The text is one sentence:
/// "op: what (got ..., expected ...)".
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string op, const std::string& what)
      : code_(code), op_(std::move(op)), message_(op_ + ": " + what) {}

  ErrorCode code() const { return code_; }
  const std::string& op() const { return op_; }
  /// The message without the op.
  std::string reason() const { return message_.substr(op_.size() + 2); }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorCode code_;
  std::string op_;
  std::string message_;
};

}  // namespace carom
