// Which instruction set the kernels use; chosen once, when a core is created.
#pragma once

namespace carom {

enum class Isa { portable = 0, avx2 = 1, avx512 = 2 };

inline constexpr int kIsaCount = 3;

/// "avx512", "avx2", "portable"; on AArch64 the portable kernels are compiled to "neon".
const char* isa_name(Isa isa);

/// Whether this machine can run the kernels built for `isa`.
bool isa_supported(Isa isa);

/// The fastest supported one.
Isa best_isa();

}  // namespace carom
