// The backend of processors: the kernels of one instruction set on a pool of threads.
#pragma once

#include <memory>

#include "core/cpu_features.h"
#include "program/backend.h"

namespace carom {

std::unique_ptr<Backend> make_cpu_backend(int threads, Isa isa);

}  // namespace carom
