// categoricalSample: draws one action per row of logits and gives its log-probability.
//
//   inputs: logits [B, A], state int32 [4]        outputs: action int32 [B], logProb [B]
//   parameters: [greedy 0|1]
//
// Row r uses the uniform of element r of a `uniform` call with this state: the action is the first
// one whose cumulative probability exceeds u, else the last with probability above 0. Greedy takes
// the first largest logit. The state's counter advances by 1 in either case.
#pragma once

#include "ops/kernel.h"
#include "ops/random.h"
#include "ops/rows.h"

namespace carom {

struct CategoricalSampleParams {
  Rows<const float> logits;
  std::int32_t* state;
  Strided<std::int32_t> action;
  Strided<float> log_prob;
  bool greedy;
};

CategoricalSampleParams make_categorical_sample(const Call& call, Plan& plan);

CAROM_KERNEL(categorical_sample, CategoricalSampleParams)

}  // namespace carom
