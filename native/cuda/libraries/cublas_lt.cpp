#include "cuda/libraries/cublas_lt.h"

#include "core/text.h"

namespace carom::cuda::cublas_lt {
namespace {

Loaded<Functions> open() {
  // Of the same major version as the runtime: its calls take the runtime's types.
  const LibraryKind kind{"cuBLASLt",
                         {text("libcublasLt.so.", kCudaMajor)},
                         "cublasLtGetVersion",
                         text("pip install nvidia-cublas, or the toolkit of CUDA ", kCudaMajor)};
  Loaded<Functions> loaded = load_library<Functions>(kind, [](Functions& f, Symbols& symbols) {
#define CAROM_BIND(member, name) symbols.bind(f.member, #name);
    CAROM_CUBLAS_LT_FUNCTIONS(CAROM_BIND)
#undef CAROM_BIND
  });
  if (loaded.report.found) loaded.report.version = version_text(loaded.functions.get_version());
  return loaded;
}

}  // namespace

const Loaded<Functions>& load() {
  static const Loaded<Functions> loaded = open();
  return loaded;
}

}  // namespace carom::cuda::cublas_lt
