// Which functor an elementwise op's kind stands for, and for which element types: one list for the CPU's
// loops and the CUDA kernels.
#pragma once

#include <type_traits>

#include "core/dtype.h"
#include "ops/activation.h"
#include "ops/activation_functors.h"
#include "ops/binary.h"
#include "ops/functors.h"
#include "ops/unary.h"

namespace carom {

/// Of the host alone, and inlined, since each instruction set has its own.
#define CAROM_VISITOR inline __attribute__((always_inline))

/// Integers: the kinds that make_unary lets through for them.
template <class Go>
CAROM_VISITOR void visit_unary_int(UnaryKind kind, const Go& go) {
  using namespace functors;
  using Int = std::int32_t;
  switch (kind) {
    case UnaryKind::neg: return go.template operator()<Int, Int>(Neg{});
    case UnaryKind::abs: return go.template operator()<Int, Int>(Abs{});
    case UnaryKind::sign: return go.template operator()<Int, Int>(Sign{});
    case UnaryKind::square: return go.template operator()<Int, Int>(Square{});
    case UnaryKind::relu: return go.template operator()<Int, Int>(Relu{});
    default: return;
  }
}

template <class T, class Go>
CAROM_VISITOR void visit_unary_float(UnaryKind kind, const Go& go) {
  using namespace functors;
  switch (kind) {
    case UnaryKind::neg: return go.template operator()<T, T>(Neg{});
    case UnaryKind::abs: return go.template operator()<T, T>(Abs{});
    case UnaryKind::exp: return go.template operator()<T, T>(Exp{});
    case UnaryKind::log: return go.template operator()<T, T>(Log{});
    case UnaryKind::sqrt: return go.template operator()<T, T>(Sqrt{});
    case UnaryKind::tanh: return go.template operator()<T, T>(Tanh{});
    case UnaryKind::sigmoid: return go.template operator()<T, T>(Sigmoid{});
    case UnaryKind::relu: return go.template operator()<T, T>(Relu{});
    case UnaryKind::sign: return go.template operator()<T, T>(Sign{});
    case UnaryKind::square: return go.template operator()<T, T>(Square{});
    case UnaryKind::reciprocal: return go.template operator()<T, T>(Reciprocal{});
    case UnaryKind::floor: return go.template operator()<T, T>(Floor{});
    case UnaryKind::ceil: return go.template operator()<T, T>(Ceil{});
    case UnaryKind::round: return go.template operator()<T, T>(Round{});
    case UnaryKind::rsqrt: return go.template operator()<T, T>(Rsqrt{});
    case UnaryKind::log1p: return go.template operator()<T, T>(Log1p{});
    case UnaryKind::expm1: return go.template operator()<T, T>(Expm1{});
    case UnaryKind::sin: return go.template operator()<T, T>(Sin{});
    case UnaryKind::cos: return go.template operator()<T, T>(Cos{});
    case UnaryKind::erf: return go.template operator()<T, T>(Erf{});
    case UnaryKind::is_finite: return go.template operator()<std::uint8_t, T>(IsFinite{});
    case UnaryKind::is_nan: return go.template operator()<std::uint8_t, T>(IsNaN{});
    case UnaryKind::logical_not: return;
  }
}

/// Calls go<Out, In>(functor).
template <class Go>
CAROM_VISITOR void visit(const UnaryParams& p, const Go& go) {
  using Byte = std::uint8_t;
  if (p.kind == UnaryKind::logical_not) {
    return go.template operator()<Byte, Byte>(functors::LogicalNot{});
  }
  if (p.dtype == DType::int32) return visit_unary_int(p.kind, go);
  if (p.dtype == DType::float64) return visit_unary_float<double>(p.kind, go);
  visit_unary_float<float>(p.kind, go);
}

template <class T, class Go>
CAROM_VISITOR void visit_comparison(BinaryKind kind, const Go& go) {
  using namespace functors;
  using Byte = std::uint8_t;
  switch (kind) {
    case BinaryKind::equal: return go.template operator()<Byte, T>(Equal{});
    case BinaryKind::not_equal: return go.template operator()<Byte, T>(NotEqual{});
    case BinaryKind::less: return go.template operator()<Byte, T>(Less{});
    case BinaryKind::less_equal: return go.template operator()<Byte, T>(LessEqual{});
    case BinaryKind::greater: return go.template operator()<Byte, T>(Greater{});
    case BinaryKind::greater_equal: return go.template operator()<Byte, T>(GreaterEqual{});
    default: return;
  }
}

template <class T, class Go>
CAROM_VISITOR void visit_arithmetic(BinaryKind kind, const Go& go) {
  using namespace functors;
  switch (kind) {
    case BinaryKind::add: return go.template operator()<T, T>(Add{});
    case BinaryKind::sub: return go.template operator()<T, T>(Sub{});
    case BinaryKind::mul: return go.template operator()<T, T>(Mul{});
    case BinaryKind::minimum: return go.template operator()<T, T>(Minimum{});
    case BinaryKind::maximum: return go.template operator()<T, T>(Maximum{});
    case BinaryKind::mod: return go.template operator()<T, T>(Mod{});
    case BinaryKind::floor_divide: return go.template operator()<T, T>(FloorDivide{});
    case BinaryKind::pow: return go.template operator()<T, T>(Pow{});
    default: break;
  }
  if constexpr (std::is_floating_point_v<T>) {
    if (kind == BinaryKind::div) return go.template operator()<T, T>(Div{});
  }
}

/// Calls go<Out, In>(functor).
template <class Go>
CAROM_VISITOR void visit(const BinaryParams& p, const Go& go) {
  using Byte = std::uint8_t;
  if (p.kind >= BinaryKind::equal) {
    switch (p.dtype) {
      case DType::float32: return visit_comparison<float>(p.kind, go);
      case DType::float64: return visit_comparison<double>(p.kind, go);
      case DType::int32: return visit_comparison<std::int32_t>(p.kind, go);
      case DType::uint8:
      case DType::boolean: return visit_comparison<Byte>(p.kind, go);
    }
  }
  switch (p.kind) {
    case BinaryKind::logical_and: return go.template operator()<Byte, Byte>(functors::LogicalAnd{});
    case BinaryKind::logical_or: return go.template operator()<Byte, Byte>(functors::LogicalOr{});
    case BinaryKind::logical_xor: return go.template operator()<Byte, Byte>(functors::LogicalXor{});
    default: break;
  }
  switch (p.dtype) {
    case DType::float32: return visit_arithmetic<float>(p.kind, go);
    case DType::float64: return visit_arithmetic<double>(p.kind, go);
    default: return visit_arithmetic<std::int32_t>(p.kind, go);
  }
}

template <class T, class Go>
CAROM_VISITOR void visit_activation(const ActivationParams& p, const Go& go) {
  using namespace functors;
  switch (p.kind) {
    case ActivationKind::leaky_relu: return go.template operator()<T>(LeakyRelu{});
    case ActivationKind::elu: return go.template operator()<T>(Elu{});
    case ActivationKind::silu: return go.template operator()<T>(Silu{});
    case ActivationKind::softplus: return go.template operator()<T>(Softplus{});
    case ActivationKind::gelu:
      if (p.a != 0) return go.template operator()<T>(GeluTanh{});
      return go.template operator()<T>(Gelu{});
  }
}

/// Calls go<T>(functor), whose value() and slope() are the function and its gradient.
template <class Go>
CAROM_VISITOR void visit(const ActivationParams& p, const Go& go) {
  if (p.dtype == DType::float64) return visit_activation<double>(p, go);
  visit_activation<float>(p, go);
}

}  // namespace carom
