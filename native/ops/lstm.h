// lstmSequence: the recurrent part of a long short-term memory (Hochreiter and Schmidhuber 1997, with
// forget gates as in PyTorch), all steps in one op. The product with the inputs is a `linear` before it.
//
//   inputs:  projected [T, B, 4H], h0, c0 [B, H], weight [4H, H], bias? [4H], reset? bool [T, B]
//   outputs: states [T + 1, B, H] (h after each step, then the last c), gates? [T, B, 5H]
//   parameters: [bias: 0 or 1, reset: 0 or 1]
//
//   (i, f, g, o) = projected_t + h weight^T + bias, g through tanh, the others through sigmoid
//   c' = f c + i g        h' = o tanh(c')
// gates holds i, f, g, o, c'.
//
// lstmSequenceBackward: dy is the gradient of states; the weights' gradient is dweight =
// dgates^T previous over all steps, which is a product after it.
//
//   inputs:  dy, states [T + 1, B, H], gates [T, B, 5H], h0, c0 [B, H], weight [4H, H],
//            reset? bool [T, B]
//   outputs: dgates [T, B, 4H] (of projected), previous [T, B, H] (h before each step, after
//            resets), dh0, dc0 [B, H]        parameters: [reset: 0 or 1]
// All operands are dense.
#pragma once

#include "ops/kernel.h"
#include "ops/recurrence.h"

namespace carom {

struct LstmParams {
  Sequence s;
  const float* projected;
  const float* h0;
  const float* c0;
  const float* weight;
  const float* bias;  // null: none
  float* states;
  float* gates;  // null: not wanted
};

struct LstmBackwardParams {
  Sequence s;
  const float* dy;
  const float* states;
  const float* gates;
  const float* h0;
  const float* c0;
  const float* weight;
  float* dgates;
  float* previous;
  float* dh0;
  float* dc0;
};

/// Scratch floats of one sequence: its product and a copy of its state.
CAROM_INLINE constexpr std::int64_t lstm_row_floats(std::int64_t units) { return 5 * units; }

LstmParams make_lstm(const Call& call, Plan& plan);
LstmBackwardParams make_lstm_backward(const Call& call, Plan& plan);

CAROM_KERNEL(lstm, LstmParams)
CAROM_KERNEL(lstm_backward, LstmBackwardParams)

}  // namespace carom
