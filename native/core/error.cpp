#include "core/error.h"

namespace carom {

const char* code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::shape_mismatch: return "SHAPE_MISMATCH";
    case ErrorCode::dtype_mismatch: return "DTYPE_MISMATCH";
    case ErrorCode::invalid_argument: return "INVALID_ARGUMENT";
    case ErrorCode::stale_handle: return "STALE_HANDLE";
    case ErrorCode::out_of_memory: return "OUT_OF_MEMORY";
    case ErrorCode::recording: return "RECORDING";
    case ErrorCode::internal: return "INTERNAL";
  }
  return "INTERNAL";
}

}  // namespace carom
