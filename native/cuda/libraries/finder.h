// Where NVIDIA's libraries are looked for. They are opened at run time (dlopen), so that the core is
// built and loads where none of them is.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "program/cuda_entry.h"

namespace carom::cuda {

/// The CUDA that this is built for; without NVIDIA's compiler, the one that tests look for.
#if defined(__CUDACC_VER_MAJOR__)
inline constexpr int kCudaMajor = __CUDACC_VER_MAJOR__;
#else
inline constexpr int kCudaMajor = 13;
#endif

struct LibraryKind {
  std::string name;
  std::vector<std::string> sonames;  // the first that opens is taken
  std::string probe;                 // a function that it must have
  std::string how_to_get;
};

/// What of the machine the search depends on.
struct Surroundings {
  std::function<std::string(const char* name)> variable;  // "": not set
  std::string root;                                       // before the system's folders
};

Surroundings this_machine();

/// What may be opened, in order: files of the folders of CAROM_CUDA_LIBRARIES (separated by colons),
/// of CUDA's toolkit; plain names, which the system looks up; files of NVIDIA's Python packages.
std::vector<std::string> library_candidates(const LibraryKind& kind, const Surroundings& at);

struct OpenLibrary {
  void* handle = nullptr;
  LibraryReport report;  // without the version
};

/// Opens the first candidate that has the probe. It is never closed.
OpenLibrary open_library(const LibraryKind& kind, const Surroundings& at);

/// Opens `file` in the folder of a library that looks for it by its plain name alone. Where there is none,
/// the library looks as it would have.
void open_beside(const std::string& library, const std::string& file);

/// Fills pointers to functions from a library.
class Symbols {
 public:
  explicit Symbols(void* handle) : handle_(handle) {}

  template <class Function>
  void bind(Function*& function, const char* name) {
    function = reinterpret_cast<Function*>(find(name));
  }
  /// The first name that was not there, or "".
  const std::string& missing() const { return missing_; }

 private:
  void* find(const char* name);

  void* handle_;
  std::string missing_;
};

/// A library's functions; they are there where report.found.
template <class Functions>
struct Loaded {
  LibraryReport report;
  Functions functions{};
};

/// Opens a library and binds its functions with `bind(functions, symbols)`.
template <class Functions, class Bind>
Loaded<Functions> load_library(const LibraryKind& kind, Bind bind) {
  Loaded<Functions> loaded;
  const OpenLibrary open = open_library(kind, this_machine());
  loaded.report = open.report;
  if (open.handle == nullptr) return loaded;
  Symbols symbols(open.handle);
  bind(loaded.functions, symbols);
  if (symbols.missing().empty()) return loaded;
  loaded.report.found = false;
  loaded.report.reason = open.report.path + " has no " + symbols.missing();
  return loaded;
}

/// Versions as cuBLASLt and cuDNN count them: major * 10000 + minor * 100 + patch.
std::string version_text(std::size_t version);

}  // namespace carom::cuda
