#include "binding/arguments.h"

#include <cmath>

#include "core/error.h"
#include "core/text.h"

namespace carom::binding {
namespace {

[[noreturn]] void fail(const char* op, const std::string& what) {
  throw Error(ErrorCode::invalid_argument, op, what);
}

DType dtype_of(napi_typedarray_type type, const char* op, const char* name) {
  switch (type) {
    case napi_float32_array: return DType::float32;
    case napi_float64_array: return DType::float64;
    case napi_int32_array:
    case napi_uint32_array: return DType::int32;
    case napi_uint8_array: return DType::uint8;
    default: break;
  }
  fail(op, text(name,
                " has an unsupported element type (expected a Float32Array, Float64Array, "
                "Int32Array, Uint32Array or Uint8Array)"));
}

struct Inspected {
  ArrayView view;
  bool shared;
};

Inspected inspect(const Napi::Value& value, const char* op, const char* name) {
  if (!value.IsTypedArray()) fail(op, text(name, " is not a typed array"));
  napi_typedarray_type type;
  std::size_t length = 0;
  void* data = nullptr;
  napi_value buffer = nullptr;
  std::size_t offset = 0;
  const napi_status status =
      napi_get_typedarray_info(value.Env(), value, &type, &length, &data, &buffer, &offset);
  if (status != napi_ok) fail(op, text(name, " cannot be read"));
  bool is_array_buffer = true;
  napi_is_arraybuffer(value.Env(), buffer, &is_array_buffer);
  const DType dtype = dtype_of(type, op, name);
  return {{static_cast<std::byte*>(data), dtype, static_cast<std::int64_t>(length)},
          !is_array_buffer};
}

}  // namespace

double number(const Napi::CallbackInfo& info, std::size_t i, const char* op, const char* name) {
  double value = 0;
  if (napi_get_value_double(info.Env(), info[i], &value) != napi_ok) {
    fail(op, text(name, " is not a number"));
  }
  return value;
}

std::int64_t integer(const Napi::Value& value, const char* op, const char* name, std::int64_t low,
                     std::int64_t high) {
  double number = 0;
  if (napi_get_value_double(value.Env(), value, &number) != napi_ok) {
    fail(op, text(name, " is not a number"));
  }
  const bool in_range = number >= static_cast<double>(low) && number <= static_cast<double>(high);
  if (!in_range || number != std::floor(number)) {
    fail(op,
         text("bad ", name, " (got ", number, ", expected an integer in ", low, "..", high, ")"));
  }
  return static_cast<std::int64_t>(number);
}

std::string text_argument(const Napi::Value& value, const char* op, const char* name) {
  if (!value.IsString()) fail(op, text(name, " is not a text"));
  return value.As<Napi::String>().Utf8Value();
}

ArrayView typed_array(const Napi::Value& value, const char* op, const char* name) {
  return inspect(value, op, name).view;
}

ArrayView shared_array(const Napi::Value& value, const char* op, const char* name) {
  const Inspected inspected = inspect(value, op, name);
  if (!inspected.shared) fail(op, text(name, " does not lie over a SharedArrayBuffer"));
  return inspected.view;
}

}  // namespace carom::binding
