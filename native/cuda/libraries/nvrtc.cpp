#include "cuda/libraries/nvrtc.h"

#include "core/error.h"
#include "core/text.h"

namespace carom::cuda {
namespace nvrtc {
namespace {

Loaded<Functions> open() {
  // What an older one makes runs on a newer driver.
  const LibraryKind kind{
      "NVRTC",
      {text("libnvrtc.so.", kCudaMajor), text("libnvrtc.so.", kCudaMajor - 1)},
      "nvrtcVersion",
      text("pip install nvidia-cuda-nvrtc, or the toolkit of CUDA ", kCudaMajor)};
  Loaded<Functions> loaded = load_library<Functions>(kind, [](Functions& f, Symbols& symbols) {
#define CAROM_BIND(member, name) symbols.bind(f.member, #name);
    CAROM_NVRTC_FUNCTIONS(CAROM_BIND)
#undef CAROM_BIND
  });
  int major = 0, minor = 0;
  if (loaded.report.found && loaded.functions.version(&major, &minor) == kSuccess) {
    loaded.report.version = text(major, ".", minor);
    open_beside(loaded.report.path, text("libnvrtc-builtins.so.", major, ".", minor));
  }
  return loaded;
}

}  // namespace

const Loaded<Functions>& load() {
  static const Loaded<Functions> loaded = open();
  return loaded;
}

}  // namespace nvrtc

namespace {

constexpr const char* kOp = "compile";

/// A program of NVRTC while it is worked on.
class Compilation {
 public:
  Compilation(const nvrtc::Functions& f, const std::string& source, const std::string& name)
      : f_(f) {
    check(f_.create_program(&program_, source.c_str(), name.c_str(), 0, nullptr, nullptr),
          "nvrtcCreateProgram");
  }
  Compilation(const Compilation&) = delete;
  Compilation& operator=(const Compilation&) = delete;
  ~Compilation() { f_.destroy_program(&program_); }

  void run(const std::string& name, const std::vector<std::string>& options) {
    std::vector<const char*> list;
    for (const std::string& option : options) list.push_back(option.c_str());
    const int status = f_.compile(program_, static_cast<int>(list.size()), list.data());
    if (status == nvrtc::kCompilation || status == nvrtc::kInvalidOption) {
      throw Error(ErrorCode::invalid_argument, kOp,
                  text(name, " cannot be compiled (", f_.error_text(status), "):\n", log()));
    }
    check(status, "nvrtcCompileProgram");
  }

  std::string log() const {
    std::size_t size = 0;
    if (f_.log_size(program_, &size) != nvrtc::kSuccess || size <= 1) return "";
    std::string log(size, '\0');
    if (f_.log(program_, log.data()) != nvrtc::kSuccess) return "";
    log.pop_back();  // the zero at its end
    return log;
  }

  std::vector<char> cubin() const {
    std::size_t size = 0;
    check(f_.cubin_size(program_, &size), "nvrtcGetCUBINSize");
    std::vector<char> code(size);
    check(f_.cubin(program_, code.data()), "nvrtcGetCUBIN");
    return code;
  }

 private:
  void check(int status, const char* call) const {
    if (status == nvrtc::kSuccess) return;
    throw Error(ErrorCode::internal, kOp, text(call, " failed: ", f_.error_text(status)));
  }

  const nvrtc::Functions& f_;
  nvrtc::Program program_ = nullptr;
};

}  // namespace

Cubin compile_to_cubin(const std::string& source, const std::string& name, const std::string& arch,
                       const std::vector<std::string>& options) {
  const auto& [report, functions] = nvrtc::load();
  if (!report.found) {
    throw Error(ErrorCode::internal, kOp, text("NVRTC is not there: ", report.reason));
  }
  if (arch.compare(0, 3, "sm_") != 0) {
    throw Error(ErrorCode::invalid_argument, kOp,
                text("arch must be that of real hardware (got ", arch, ", expected sm_...)"));
  }
  std::vector<std::string> all = options;
  all.push_back("--gpu-architecture=" + arch);
  Compilation compilation(functions, source, name);
  compilation.run(name, all);
  return {compilation.cubin(), compilation.log()};
}

}  // namespace carom::cuda
