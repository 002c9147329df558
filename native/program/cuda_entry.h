// What the addon and libcarom_cuda, which it opens at run time, say to each other. Objects of C++ go
// across, so both must be built from the same sources: the addon compares fingerprints before it calls
// anything else.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "program/backend.h"

namespace carom {

/// What matrix products and convolutions of float32 may round their factors to. Sums are float32.
enum class Precision { float32, tf32, bfloat16 };

struct CudaOptions {
  int device = 0;
  /// Waits after every step, so that an error names the step that made it.
  bool debug = false;
  Precision precision = Precision::float32;
};

struct CudaDevice {
  std::string name;
  int major = 0, minor = 0;  // compute capability
  std::size_t memory = 0;    // bytes
  std::string problem;       // why it cannot be used; empty if it can
};

/// What became of the search for one of NVIDIA's libraries.
struct LibraryReport {
  std::string name;
  bool found = false;
  std::string path, version;  // where it was found
  std::string reason;         // where not: what is wrong, and how to get it
};

/// What the library finds on this machine. Versions are CUDA's numbers: 13000 for 13.0; 0 for none.
struct CudaFacts {
  int runtime = 0;
  int driver = 0;
  std::string architectures;  // that it was built for, as CMake spells them
  std::vector<CudaDevice> devices;
  std::vector<LibraryReport> libraries;  // that are used where they are there
  std::string problem;                   // why no device can be used; empty if one can
};

/// The names that libcarom_cuda exports, and their types.
inline constexpr const char* kCudaFingerprintName = "carom_cuda_fingerprint";
using CudaFingerprintFunction = const char*();
inline constexpr const char* kCudaInspectName = "carom_cuda_inspect";
using CudaInspectFunction = void(CudaFacts& facts);
/// Throws INTERNAL or OUT_OF_MEMORY with the reason.
inline constexpr const char* kCudaOpenName = "carom_cuda_open";
using CudaOpenFunction = void(const CudaOptions& options, std::unique_ptr<Backend>& backend);

}  // namespace carom
