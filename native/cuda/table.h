// Which function in cuda/ops carries out which op.
#pragma once

#include <string_view>

#include "cuda/launch.h"

namespace carom::cuda {

using OpFunction = void (*)(const void* params, Launch& launch);

struct TableEntry {
  std::string_view kernel;  // OpEntry::kernel_name
  OpFunction function;
  bool may_fault;  // whether it can find bad data (an index out of range)
};

/// The entry of a kernel, or null where there is none.
const TableEntry* find_entry(std::string_view kernel);

}  // namespace carom::cuda
