// increment: counter += by, wrapping around.
//
//   outputs: counter int32 [1] (in place)        parameters: [by]
#pragma once

#include "ops/call.h"
#include "ops/kernel.h"

namespace carom {

struct IncrementParams {
  std::int32_t* counter;
  std::int32_t by;
};

IncrementParams make_increment(const Call& call, Plan& plan);

CAROM_KERNEL(increment, IncrementParams)

}  // namespace carom
