// Unary elementwise ops: neg abs sign square relu (float or int32 -> same type), exp log log1p
// expm1 sqrt rsqrt sin cos tanh sigmoid erf reciprocal floor ceil round (float -> same float type),
// isFinite isNaN (float -> bool), logicalNot (bool -> bool).
//
//   inputs: in        outputs: out        any strides; `in` broadcasts to `out`; out may be in
#pragma once

#include "ops/elementwise_layout.h"
#include "ops/kernel.h"

namespace carom {

enum class UnaryKind {
  neg,
  abs,
  exp,
  log,
  sqrt,
  tanh,
  sigmoid,
  relu,
  sign,
  square,
  reciprocal,
  floor,
  ceil,
  round,
  rsqrt,
  log1p,
  expm1,
  sin,
  cos,
  erf,
  is_finite,
  is_nan,
  logical_not,
};

struct UnaryParams {
  ElementwiseLayout<2> layout;
  UnaryKind kind;
  DType dtype;  // of the input
};

UnaryParams make_unary(const Call& call, Plan& plan, UnaryKind kind);

CAROM_KERNEL(unary, UnaryParams)

}  // namespace carom
