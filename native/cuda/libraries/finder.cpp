#include "cuda/libraries/finder.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/text.h"

namespace carom::cuda {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

/// Folders in `parent` whose names begin so, in order; none where it cannot be read.
Paths folders_in(const std::string& parent, const std::string& prefix = "") {
  Paths found;
  std::error_code error;
  for (fs::directory_iterator it(parent, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.compare(0, prefix.size(), prefix) == 0 && it->is_directory(error)) {
      found.push_back(it->path().string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

Paths named_folders(const Surroundings& at) {
  Paths folders;
  std::string rest = at.variable("CAROM_CUDA_LIBRARIES");
  while (!rest.empty()) {
    const std::size_t end = rest.find(':');
    if (end != 0) folders.push_back(rest.substr(0, end));
    rest = end == std::string::npos ? "" : rest.substr(end + 1);
  }
  return folders;
}

Paths toolkit_folders(const Surroundings& at) {
  Paths folders;
  for (const std::string& toolkit :
       {at.variable("CUDA_HOME"), at.variable("CUDA_PATH"), at.root + "/usr/local/cuda"}) {
    if (toolkit.empty()) continue;
    folders.push_back(toolkit + "/lib64");
    folders.push_back(toolkit + "/targets/x86_64-linux/lib");
  }
  return folders;
}

/// lib in the folders of the packages: nvidia/cu13 holds several libraries of CUDA 13, older packages
/// have one each (nvidia/cublas).
Paths python_folders(const Surroundings& at) {
  Paths bases;
  for (const char* name : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
    if (!at.variable(name).empty()) bases.push_back(at.variable(name));
  }
  if (!at.variable("HOME").empty()) bases.push_back(at.variable("HOME") + "/.local");
  bases.push_back(at.root + "/usr/local");
  bases.push_back(at.root + "/usr");
  Paths folders;
  for (const std::string& base : bases) {
    for (const std::string& python : folders_in(base + "/lib", "python3")) {
      for (const char* packages : {"/site-packages", "/dist-packages"}) {
        for (const std::string& package : folders_in(python + packages + "/nvidia")) {
          folders.push_back(package + "/lib");
        }
      }
    }
  }
  return folders;
}

void add_files(const LibraryKind& kind, const Paths& folders, Paths& candidates) {
  for (const std::string& soname : kind.sonames) {
    for (const std::string& folder : folders) {
      const std::string path = folder + "/" + soname;
      std::error_code error;
      if (fs::exists(path, error)) candidates.push_back(path);
    }
  }
}

/// The file that a function comes from.
std::string file_of(void* function) {
  Dl_info info{};
  return dladdr(function, &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : "";
}

}  // namespace

Surroundings this_machine() {
  return {[](const char* name) -> std::string {
            const char* value = std::getenv(name);
            return value != nullptr ? value : "";
          },
          ""};
}

std::vector<std::string> library_candidates(const LibraryKind& kind, const Surroundings& at) {
  Paths candidates;
  add_files(kind, named_folders(at), candidates);
  add_files(kind, toolkit_folders(at), candidates);
  candidates.insert(candidates.end(), kind.sonames.begin(), kind.sonames.end());
  add_files(kind, python_folders(at), candidates);
  return candidates;
}

OpenLibrary open_library(const LibraryKind& kind, const Surroundings& at) {
  OpenLibrary result;
  result.report.name = kind.name;
  std::string failures;
  for (const std::string& candidate : library_candidates(kind, at)) {
    void* handle = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* probe = handle != nullptr ? dlsym(handle, kind.probe.c_str()) : nullptr;
    if (probe != nullptr) {
      result.handle = handle;
      result.report.found = true;
      result.report.path = file_of(probe);
      return result;
    }
    const char* problem = dlerror();
    const bool is_file = candidate.find('/') != std::string::npos;
    if (is_file && problem != nullptr) failures += text("; ", problem);
    if (handle != nullptr) dlclose(handle);
  }
  std::string names;
  for (const std::string& soname : kind.sonames) names += (names.empty() ? "" : ", ") + soname;
  result.report.reason =
      text("no ", names, failures, ". To get it: ", kind.how_to_get,
           "; where it lies in a folder of its own, name that in CAROM_CUDA_LIBRARIES");
  return result;
}

void open_beside(const std::string& library, const std::string& file) {
  const std::string path = (fs::path(library).parent_path() / file).string();
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) dlerror();  // it is dealt with
}

void* Symbols::find(const char* name) {
  void* found = dlsym(handle_, name);
  if (found == nullptr && missing_.empty()) missing_ = name;
  return found;
}

std::string version_text(std::size_t version) {
  return text(version / 10000, ".", version / 100 % 100, ".", version % 100);
}

}  // namespace carom::cuda
