#include "binding/cuda_library.h"

#include <dlfcn.h>
#include <unistd.h>

#include "core/error.h"
#include "core/text.h"

namespace carom::binding {
namespace {

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorCode::internal, "createCore", reason);
}

/// Whether NVIDIA's driver can be loaded here.
bool has_driver() {
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver != nullptr) dlclose(driver);
  return driver != nullptr;
}

std::string why_missing(const std::string& path) {
  if (!has_driver()) return "no NVIDIA driver was found on this machine (libcuda.so.1)";
  return text("the CUDA library is not built (no ", path,
              "): install NVIDIA's CUDA compiler and run `pnpm --filter @carom/native build:cuda`");
}

template <class Function>
Function* find(void* library, const std::string& path, const char* name) {
  void* found = dlsym(library, name);
  if (found == nullptr) refuse(text(path, " has no ", name, ": build it again"));
  return reinterpret_cast<Function*>(found);
}

/// The library, which stays open to the end of the process: backends hold code of it.
void* load(const std::string& path) {
  if (access(path.c_str(), R_OK) != 0) refuse(why_missing(path));
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) refuse(text("the CUDA library cannot be loaded: ", dlerror()));
  const std::string theirs = find<CudaFingerprintFunction>(library, path, kCudaFingerprintName)();
  if (theirs != CAROM_FINGERPRINT) {
    refuse(text(path, " was built from other sources than the addon: build both again"));
  }
  return library;
}

}  // namespace

CudaReport inspect_cuda(const std::string& path) {
  CudaReport report;
  try {
    void* library = load(path);
    report.built = true;
    find<CudaInspectFunction>(library, path, kCudaInspectName)(report.facts);
  } catch (const Error& error) {
    report.facts.problem = error.reason();
  }
  return report;
}

std::unique_ptr<Backend> open_cuda(const std::string& path, const CudaOptions& options) {
  std::unique_ptr<Backend> backend;
  find<CudaOpenFunction>(load(path), path, kCudaOpenName)(options, backend);
  return backend;
}

}  // namespace carom::binding
