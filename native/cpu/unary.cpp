#include "ops/unary.h"

#include "cpu/elementwise.h"
#include "ops/functors.h"

namespace carom::cpu::CAROM_ISA {
namespace {

template <class T>
void unary_as(const UnaryParams& p, const Team& team) {
  using namespace functors;
  const auto same = [&](auto f) { map1<T, T, decltype(f)>(p.layout, team); };
  switch (p.kind) {
    case UnaryKind::neg: return same(Neg{});
    case UnaryKind::abs: return same(Abs{});
    case UnaryKind::exp: return same(Exp{});
    case UnaryKind::log: return same(Log{});
    case UnaryKind::sqrt: return same(Sqrt{});
    case UnaryKind::tanh: return same(Tanh{});
    case UnaryKind::sigmoid: return same(Sigmoid{});
    case UnaryKind::relu: return same(Relu{});
    case UnaryKind::sign: return same(Sign{});
    case UnaryKind::square: return same(Square{});
    case UnaryKind::reciprocal: return same(Reciprocal{});
    case UnaryKind::floor: return same(Floor{});
    case UnaryKind::is_finite: return map1<std::uint8_t, T, IsFinite>(p.layout, team);
    case UnaryKind::logical_not: return;
  }
}

}  // namespace

void unary(const UnaryParams& p, const Team& team) {
  if (p.kind == UnaryKind::logical_not) {
    return map1<std::uint8_t, std::uint8_t, functors::LogicalNot>(p.layout, team);
  }
  if (p.dtype == DType::float64) return unary_as<double>(p, team);
  return unary_as<float>(p, team);
}

}  // namespace carom::cpu::CAROM_ISA
