#include <type_traits>

#include "cuda/elementwise.h"
#include "ops/binary.h"
#include "ops/functors.h"

namespace carom::cuda {
namespace {

template <class T>
void compare_as(const BinaryParams& p, Launch& launch) {
  using namespace functors;
  const auto test = [&](auto f) { map2<std::uint8_t, T, T>(launch, p.layout, f); };
  switch (p.kind) {
    case BinaryKind::equal: return test(Equal{});
    case BinaryKind::not_equal: return test(NotEqual{});
    case BinaryKind::less: return test(Less{});
    case BinaryKind::less_equal: return test(LessEqual{});
    case BinaryKind::greater: return test(Greater{});
    case BinaryKind::greater_equal: return test(GreaterEqual{});
    default: return;
  }
}

template <class T>
void arithmetic_as(const BinaryParams& p, Launch& launch) {
  using namespace functors;
  const auto same = [&](auto f) { map2<T, T, T>(launch, p.layout, f); };
  switch (p.kind) {
    case BinaryKind::add: return same(Add{});
    case BinaryKind::sub: return same(Sub{});
    case BinaryKind::mul: return same(Mul{});
    case BinaryKind::minimum: return same(Minimum{});
    case BinaryKind::maximum: return same(Maximum{});
    case BinaryKind::mod: return same(Mod{});
    case BinaryKind::floor_divide: return same(FloorDivide{});
    case BinaryKind::pow: return same(Pow{});
    default: break;
  }
  if constexpr (std::is_floating_point_v<T>) {
    if (p.kind == BinaryKind::div) return same(Div{});
  }
}

}  // namespace

void binary(const BinaryParams& p, Launch& launch) {
  if (p.kind >= BinaryKind::equal) {
    switch (p.dtype) {
      case DType::float32: return compare_as<float>(p, launch);
      case DType::float64: return compare_as<double>(p, launch);
      case DType::int32: return compare_as<std::int32_t>(p, launch);
      case DType::uint8:
      case DType::boolean: return compare_as<std::uint8_t>(p, launch);
    }
  }
  using namespace functors;
  using Flag = std::uint8_t;
  const auto flags = [&](auto f) { map2<Flag, Flag, Flag>(launch, p.layout, f); };
  switch (p.kind) {
    case BinaryKind::logical_and: return flags(LogicalAnd{});
    case BinaryKind::logical_or: return flags(LogicalOr{});
    case BinaryKind::logical_xor: return flags(LogicalXor{});
    default: break;
  }
  switch (p.dtype) {
    case DType::float32: return arithmetic_as<float>(p, launch);
    case DType::float64: return arithmetic_as<double>(p, launch);
    default: return arithmetic_as<std::int32_t>(p, launch);
  }
}

}  // namespace carom::cuda
