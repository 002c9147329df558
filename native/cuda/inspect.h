// Which GPUs this machine has, and why one cannot be used.
#pragma once

#include "program/cuda_entry.h"

namespace carom::cuda {

/// Never throws: what is wrong is in `problem`, of the machine or of a device.
CudaFacts inspect_devices();

/// Throws INTERNAL with the reason unless device `index` can be used.
void require_device(int index);

}  // namespace carom::cuda
