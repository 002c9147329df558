#include "cuda/emulate/compile.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>

#include "core/error.h"
#include "core/text.h"

namespace carom::emulate {
namespace {

using Run = void(unsigned blocks, unsigned threads, std::size_t shared_bytes, const void* members);

/// A folder that goes with all that is in it.
class Folder {
 public:
  Folder() {
    std::string pattern = "/tmp/carom-emulated-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) {
      throw Error(ErrorCode::internal, "compile", "no temporary folder can be made in /tmp");
    }
    path_ = pattern;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    for (const std::string& file : files_) unlink(file.c_str());
    rmdir(path_.c_str());
  }
  std::string file(const std::string& name) {
    files_.push_back(path_ + "/" + name);
    return files_.back();
  }

 private:
  std::string path_;
  std::vector<std::string> files_;
};

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The source with what it is compiled against, and behind it a way to run each of its kernels.
std::string whole(const std::string& source) {
  std::string text = "#define CAROM_EMULATE 1\n#include \"cuda/emulate/runtime.h\"\n#define __shared__ static thread_local\n#line 1\n" + source +
                     "\n#undef __shared__\n#include \"cuda/emulate/fibers.cpp\"\n";
  const std::regex kernel(
      R"(extern\s+"C"\s+__global__\s+void\s+(?:__launch_bounds__\([^)]*(?:\([^)]*\))?[^)]*\)\s*)?(\w+)\s*\(\s*(\w+)\s+\w+\s*\))");
  for (std::sregex_iterator at(source.begin(), source.end(), kernel), end; at != end; ++at) {
    const std::string name = (*at)[1], type = (*at)[2];
    text += carom::text(
        "extern \"C\" __attribute__((visibility(\"default\"))) void carom_run_", name,
        "(unsigned blocks, unsigned threads, std::size_t shared, const void* members) {\n  ", type,
        " given;\n  std::memcpy(&given, members, sizeof given);\n"
        "  carom::emulate::run_grid({blocks}, {threads}, shared, [&] { ",
        name, "(given); });\n}\n");
  }
  return text;
}

class CompiledModule : public KernelModule {
 public:
  explicit CompiledModule(void* library) : library_(library) {}
  ~CompiledModule() override { dlclose(library_); }
  const void* find(const std::string& name) override {
    return dlsym(library_, ("carom_run_" + name).c_str());
  }

 private:
  void* library_;
};

}  // namespace

std::vector<std::byte> compile(const std::string& source, const std::string& name) {
  Folder folder;
  const std::string in = folder.file("kernels.cpp"), out = folder.file("kernels.so");
  const std::string log = folder.file("log");
  std::ofstream(in, std::ios::binary) << whole(source);
  const char* compiler = std::getenv("CXX");
  const char* moved = std::getenv("CAROM_EMULATE_SOURCES");  // where the sources lie on another machine
  const std::string command = text(compiler != nullptr ? compiler : "c++",
                                   " -std=c++20 -O1 -ffp-contract=off -fPIC -shared -fvisibility=hidden -w -I '",
                                   moved != nullptr ? moved : CAROM_EMULATE_SOURCES, "' -o ", out, " ",
                                   in, " 2> ", log);
  if (std::system(command.c_str()) != 0) {
    throw Error(ErrorCode::invalid_argument, "compile", text(name, ": ", read_file(log)));
  }
  const std::string code = read_file(out);
  const auto* bytes = reinterpret_cast<const std::byte*>(code.data());
  return {bytes, bytes + code.size()};
}

std::unique_ptr<KernelModule> load(const std::vector<std::byte>& code) {
  Folder folder;
  const std::string file = folder.file("kernels.so");
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(code.data()), static_cast<std::streamsize>(code.size()));
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw Error(ErrorCode::invalid_argument, "load", dlerror());
  return std::make_unique<CompiledModule>(library);
}

void run_compiled(const void* kernel, unsigned blocks, unsigned threads, std::size_t shared_bytes,
                  const std::uint64_t* members) {
  reinterpret_cast<Run*>(const_cast<void*>(kernel))(blocks, threads, shared_bytes, members);
}

}  // namespace carom::emulate
