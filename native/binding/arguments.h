// Reads and checks the arguments of a call from JavaScript. Every failure is an INVALID_ARGUMENT
// that names the method and the argument.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/dtype.h"

namespace carom::binding {

/// The memory behind a typed array.
struct ArrayView {
  std::byte* data;
  DType dtype;
  std::int64_t count;
};

double number(const Napi::CallbackInfo& info, std::size_t i, const char* op, const char* name);

/// An integer in [low, high].
std::int64_t integer(const Napi::Value& value, const char* op, const char* name, std::int64_t low,
                     std::int64_t high);

/// Throws unless the argument is a text.
std::string text_argument(const Napi::Value& value, const char* op, const char* name);

/// A Float32Array, Float64Array, Int32Array, Uint32Array (as int32) or Uint8Array.
ArrayView typed_array(const Napi::Value& value, const char* op, const char* name);

/// The same over a SharedArrayBuffer, whose memory JavaScript can never take away.
ArrayView shared_array(const Napi::Value& value, const char* op, const char* name);

}  // namespace carom::binding
