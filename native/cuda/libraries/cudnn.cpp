#include "cuda/libraries/cudnn.h"

#include "core/text.h"
#include "cuda/libraries/cublas_lt.h"

namespace carom::cuda::cudnn {
namespace {

Loaded<Functions> open() {
  // cuDNN opens cuBLASLt by its plain name, which then is the one that is open already.
  cublas_lt::load();
  const LibraryKind kind{"cuDNN",
                         {"libcudnn.so.9"},
                         "cudnnGetVersion",
                         text("pip install nvidia-cudnn-cu", kCudaMajor)};
  Loaded<Functions> loaded = load_library<Functions>(kind, [](Functions& f, Symbols& symbols) {
#define CAROM_BIND(member, name) symbols.bind(f.member, #name);
    CAROM_CUDNN_FUNCTIONS(CAROM_BIND)
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

}  // namespace carom::cuda::cudnn
