// Kernels that are compiled at run time, for the emulated GPU: by the C++ compiler of this machine, into a
// shared library that brings the fibers along.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "program/backend.h"

namespace carom::emulate {

/// The library's bytes. Throws INVALID_ARGUMENT with the compiler's messages, INTERNAL where there is none.
std::vector<std::byte> compile(const std::string& source, const std::string& name);

std::unique_ptr<KernelModule> load(const std::vector<std::byte>& code);

/// Runs a kernel of such a module; `members` are those of the struct that it takes.
void run_compiled(const void* kernel, unsigned blocks, unsigned threads, std::size_t shared_bytes,
                  const std::uint64_t* members);

}  // namespace carom::emulate
