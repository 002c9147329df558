// Element types. The numbers are part of the binding's contract with TypeScript.
#pragma once

#include <cstddef>
#include <cstdint>

namespace carom {

enum class DType : std::uint8_t { float32 = 0, float64 = 1, int32 = 2, uint8 = 3, boolean = 4 };

inline constexpr int kDTypeCount = 5;

constexpr std::size_t dtype_size(DType dtype) {
  switch (dtype) {
    case DType::float32: return 4;
    case DType::float64: return 8;
    case DType::int32: return 4;
    case DType::uint8: return 1;
    case DType::boolean: return 1;
  }
  return 1;
}

constexpr const char* dtype_name(DType dtype) {
  switch (dtype) {
    case DType::float32: return "float32";
    case DType::float64: return "float64";
    case DType::int32: return "int32";
    case DType::uint8: return "uint8";
    case DType::boolean: return "bool";
  }
  return "unknown";
}

}  // namespace carom
