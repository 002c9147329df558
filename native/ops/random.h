// Random ops: uniform, normal (float32) and permutation (int32), each a function of the state it
// advances.
//
//   inputs: state int32 [4] = {keyLo, keyHi, counterLo, counterHi} (counter += 1 after the op)
//   outputs: out, contiguous (permutation: [n])
//
// Block i of a call is Philox4x32-10 of (i, 0, counterLo, counterHi) under the key; its four lanes
// belong to elements 4i..4i+3. uniform = (lane >> 8) * 2^-24. normal: Box and Muller on lanes (0,1)
// and (2,3), u1 = 1 - uniform of the first. permutation: a Feistel network (see cpu/random.cpp).
#pragma once

#include "ops/call.h"
#include "ops/kernel.h"

namespace carom {

enum class RandomKind { uniform, normal, permutation };

struct RandomParams {
  RandomKind kind;
  std::int32_t* state;
  void* out;
  std::int64_t count;
};

RandomParams make_random(const Call& call, Plan& plan, RandomKind kind);

/// Checks a state operand (input i).
std::int32_t* random_state(const Call& call, int i);

CAROM_KERNEL(random, RandomParams)

}  // namespace carom
