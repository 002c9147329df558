// minGruScan: the recurrence of minGRU (Feng et al. 2024, "Were RNNs all we needed?"), whose gates do
// not depend on the state, so that the steps are a linear scan.
//
//   inputs:  gate, candidate [T, B, H], h0 [B, H], reset? bool [T, B]        outputs: output [T, B, H]
//   parameters: [reset: 0 or 1]
//
//   z = sigmoid(gate)   g = candidate >= 0 ? candidate + 1/2 : sigmoid(candidate)
//   h' = (1 - z) h + z g
// The sum is computed as it stands, not through logarithms: both factors lie in [0, 1], so nothing can
// overflow. gate and candidate may be slices of one tensor: their rows are dense and evenly spaced.
//
// minGruScanBackward: dy is the gradient of output.
//
//   inputs:  dy, gate, candidate, output [T, B, H], h0 [B, H], reset? bool [T, B]
//   outputs: dgate, dcandidate [T, B, H] (rows as above), dh0 [B, H]        parameters: [reset: 0 or 1]
//
// Lanes (one unit of one sequence each) are independent. If they are few and the steps many, the steps
// are cut into chunks: each is scanned from 0, with the product of its (1 - z) beside it; then the
// state at each chunk's begin is known, and is added in. Chunks depend on the shape alone, so the
// result does not depend on the number of threads.
#pragma once

#include "ops/kernel.h"
#include "ops/recurrence.h"
#include "ops/rows.h"

namespace carom {

struct MinGruParams {
  Sequence s;
  Rows<const float> gate;
  Rows<const float> candidate;
  const float* h0;
  float* output;
  std::int64_t chunk;  // steps of a chunk
};

struct MinGruBackwardParams {
  Sequence s;
  const float* dy;
  Rows<const float> gate;
  Rows<const float> candidate;
  const float* output;
  const float* h0;
  Rows<float> dgate;
  Rows<float> dcandidate;
  float* dh0;
  std::int64_t chunk;
};

MinGruParams make_min_gru(const Call& call, Plan& plan);
MinGruBackwardParams make_min_gru_backward(const Call& call, Plan& plan);

CAROM_KERNEL(min_gru, MinGruParams)
CAROM_KERNEL(min_gru_backward, MinGruBackwardParams)

}  // namespace carom
