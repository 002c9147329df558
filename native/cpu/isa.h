// Every file of cpu/ is compiled once per instruction set with CAROM_ISA set to its name, and puts
// all its code into namespace carom::cpu::<isa>. What is not in that namespace must be inlined or
// come from a file compiled once: the linker keeps one copy of a function, and it may be the
// AVX-512 one.
#pragma once

#if !defined(CAROM_ISA)
#error "cpu/ is compiled with -DCAROM_ISA=portable|avx2|avx512"
#endif

#include <cstddef>
#include <cstdint>

#include "core/team.h"
