// How an op header declares its kernels and how the registry finds them.
// Each cpu/<op>.cpp is compiled once per instruction set, into namespace carom::cpu::<isa>; calling
// one means going through the table, never naming an instruction set. Each cuda/ops/<op>.cu defines
// carom::cuda::<op>, which cuda/table.cpp lists by the op's name.
#pragma once

#include "core/cpu_features.h"
#include "core/team.h"

#if defined(__x86_64__)
#define CAROM_HAVE_X86 1
#else
#define CAROM_HAVE_X86 0
#endif

namespace carom::cuda {
struct Launch;
}

#if CAROM_HAVE_X86
#define CAROM_KERNEL(name, Params)       \
  namespace cuda {                       \
  void name(const Params&, Launch&);     \
  }                                      \
  namespace cpu::portable {              \
  void name(const Params&, const Team&); \
  }                                      \
  namespace cpu::avx2 {                  \
  void name(const Params&, const Team&); \
  }                                      \
  namespace cpu::avx512 {                \
  void name(const Params&, const Team&); \
  }
#else
#define CAROM_KERNEL(name, Params)       \
  namespace cuda {                       \
  void name(const Params&, Launch&);     \
  }                                      \
  namespace cpu::portable {              \
  void name(const Params&, const Team&); \
  }
#endif

namespace carom {

/// A kernel whose parameter type is hidden.
using Kernel = void (*)(const void* params, const Team& team);

template <class Params, void (*kernel)(const Params&, const Team&)>
void launch(const void* params, const Team& team) {
  kernel(*static_cast<const Params*>(params), team);
}

}  // namespace carom
