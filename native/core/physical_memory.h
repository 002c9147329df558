// How much memory the machine has.
#pragma once

#include <cstddef>

namespace carom {

/// In bytes; half of the address space where the system does not say.
std::size_t physical_memory();

/// What of it no process uses, in bytes; half of the address space where the system does not say.
std::size_t available_memory();

}  // namespace carom
