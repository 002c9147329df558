#include "core/fault.h"

#include "core/error.h"
#include "core/text.h"

namespace carom {

void Fault::raise(const char* op, std::int64_t position, std::int64_t value, std::int64_t limit) {
  int expected = kNone;
  if (!state_.compare_exchange_strong(expected, kWriting)) return;
  op_ = op;
  position_ = position;
  value_ = value;
  limit_ = limit;
  state_.store(kReady, std::memory_order_release);
}

void Fault::rethrow() {
  const std::string message = text("index out of range (got ", value_, " at position ", position_,
                                   ", expected 0..", limit_ - 1, ")");
  state_.store(kNone);
  throw Error(ErrorCode::invalid_argument, op_, message);
}

}  // namespace carom
