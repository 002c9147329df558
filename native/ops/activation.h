// Activation functions with a parameter of their own or a fused gradient: leakyRelu elu gelu silu
// softplus. float32 or float64.
//
//   leakyRelu  x > 0 ? x : a x                         elu   x > 0 ? x : a (e^x - 1)
//   gelu       x P(x), P the normal distribution's     silu  x / (1 + e^-x)
//              cumulative probability; a = 1: by tanh
//   softplus   log(1 + e^x), x itself above a
//
//   forward   inputs: in        outputs: out        parameters: [a]  (silu: a is not read)
//   backward  inputs: dy, in    outputs: dx         the same; any strides, inputs broadcast
#pragma once

#include "ops/elementwise_layout.h"
#include "ops/kernel.h"

namespace carom {

enum class ActivationKind { leaky_relu, elu, gelu, silu, softplus };

struct ActivationParams {
  ElementwiseLayout<3> layout;  // forward: out, in, in
  ActivationKind kind;
  DType dtype;
  double a;
};

ActivationParams make_activation(const Call& call, Plan& plan, ActivationKind kind, bool backward);

CAROM_KERNEL(activation, ActivationParams)
CAROM_KERNEL(activation_backward, ActivationParams)

}  // namespace carom
