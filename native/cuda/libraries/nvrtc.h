// NVRTC: CUDA C++ compiled at run time, for kernels that are made from a user's program. It needs no GPU.
#pragma once

#include <string>
#include <vector>

#include "cuda/libraries/finder.h"

namespace carom::cuda {

struct Cubin {
  std::vector<char> code;
  std::string log;  // warnings
};

/// Compiles `source` for real hardware, `arch` as in "sm_90". `name` stands in messages. Throws
/// INVALID_ARGUMENT with the compiler's log where the source or an option is wrong, INTERNAL where NVRTC
/// is not there or fails.
Cubin compile_to_cubin(const std::string& source, const std::string& name, const std::string& arch,
                       const std::vector<std::string>& options = {});

namespace nvrtc {

using Program = struct ProgramData*;

inline constexpr int kSuccess = 0;
inline constexpr int kInvalidOption = 5, kCompilation = 6;

struct Functions {
  int (*version)(int* major, int* minor);
  const char* (*error_text)(int);
  int (*create_program)(Program*, const char* source, const char* name, int headers,
                        const char* const* texts, const char* const* names);
  int (*destroy_program)(Program*);
  int (*compile)(Program, int count, const char* const* options);
  int (*log_size)(Program, std::size_t*);
  int (*log)(Program, char*);
  int (*cubin_size)(Program, std::size_t*);
  int (*cubin)(Program, char*);
};

/// F(member, name in the library) for all of them.
#define CAROM_NVRTC_FUNCTIONS(F)          \
  F(version, nvrtcVersion)                \
  F(error_text, nvrtcGetErrorString)      \
  F(create_program, nvrtcCreateProgram)   \
  F(destroy_program, nvrtcDestroyProgram) \
  F(compile, nvrtcCompileProgram)         \
  F(log_size, nvrtcGetProgramLogSize)     \
  F(log, nvrtcGetProgramLog)              \
  F(cubin_size, nvrtcGetCUBINSize)        \
  F(cubin, nvrtcGetCUBIN)

/// Opened at the first call, once for the process.
const Loaded<Functions>& load();

}  // namespace nvrtc
}  // namespace carom::cuda
