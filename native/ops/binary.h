// Binary elementwise ops: add sub mul pow minimum maximum mod floorDivide (float or int32; result of
// the inputs' type), div (float), logicalAnd logicalOr logicalXor (bool) and the comparisons equal
// notEqual less lessEqual greater greaterEqual (result bool; inputs of any one type).
//
//   inputs: a, b (same dtype)        outputs: out        any strides; inputs broadcast to
//   `out`, which may be a or b
#pragma once

#include "ops/elementwise_layout.h"
#include "ops/kernel.h"

namespace carom {

enum class BinaryKind {
  add,
  sub,
  mul,
  div,
  pow,
  minimum,
  maximum,
  mod,
  floor_divide,
  logical_and,
  logical_or,
  logical_xor,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
};

struct BinaryParams {
  ElementwiseLayout<3> layout;
  BinaryKind kind;
  DType dtype;  // of the inputs
};

BinaryParams make_binary(const Call& call, Plan& plan, BinaryKind kind);

CAROM_KERNEL(binary, BinaryParams)

}  // namespace carom
