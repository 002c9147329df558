// The table of ops. An op's code is its index here; adding an op is one line in registry.cpp.
#pragma once

#include <cstddef>

#include "core/cpu_features.h"
#include "ops/call.h"
#include "ops/kernel.h"
#include "ops/plan.h"

namespace carom {

inline constexpr std::size_t kMaxParamsBytes = 1024;

struct OpEntry {
  const char* name;
  /// Name of the function that carries it out, as CAROM_KERNEL declares it; ops may share one.
  const char* kernel_name;
  /// Checks the call, writes the op's parameters to `params` (kMaxParamsBytes of room) and fills
  /// the plan. The parameters are trivially copyable.
  void (*prepare)(const Call& call, Plan& plan, void* params);
  std::size_t params_bytes;
  Kernel kernels[kIsaCount];
};

int op_count();
const OpEntry& op_entry(int code);

}  // namespace carom
