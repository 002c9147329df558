// NVIDIA's libraries: where they are looked for, what is said of those that are missing, who computes
// what. What needs one of them runs where it is.
#include "cuda/libraries/libraries.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "cuda/libraries/nvrtc.h"
#include "test/check.h"

using namespace carom;
using namespace carom::cuda;
using namespace carom::test;

namespace {

namespace fs = std::filesystem;

/// A folder that stands for the machine's, with files that are no libraries.
class Machine {
 public:
  Machine() {
    std::string name = (fs::temp_directory_path() / "carom-libraries-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) fail(__FILE__, __LINE__, "no temporary folder");
    root_ = name;
  }
  ~Machine() { fs::remove_all(root_); }

  std::string add(const std::string& file) {
    const fs::path path = root_ + file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "no library";
    return path.string();
  }
  std::string path(const std::string& folder) const { return root_ + folder; }
  void set(const std::string& variable, const std::string& value) { variables_[variable] = value; }

  Surroundings surroundings() const {
    return {[this](const char* name) {
              const auto found = variables_.find(name);
              return found != variables_.end() ? found->second : "";
            },
            root_};
  }

 private:
  std::string root_;
  std::map<std::string, std::string> variables_;
};

const LibraryKind kKind{"Test", {"libtest.so.13", "libtest.so.12"}, "testVersion", "wish for it"};

ConvShape conv_shape(std::int64_t images, std::int64_t channels) {
  ConvShape s{};
  s.images = images, s.channels = channels, s.height = s.width = 16;
  s.filters = 64, s.out_height = s.out_width = 16;
  s.kernel_h = s.kernel_w = 3, s.stride_h = s.stride_w = 1, s.pad_top = s.pad_left = 1;
  s.dilation_h = s.dilation_w = 1, s.groups = 1;
  return s;
}

}  // namespace

TEST("libraries are looked for in named folders, the toolkit, the system, Python's packages") {
  Machine machine;
  machine.set("CAROM_CUDA_LIBRARIES", machine.path("/first") + ":" + machine.path("/second"));
  machine.set("CUDA_HOME", machine.path("/toolkit"));
  machine.set("VIRTUAL_ENV", machine.path("/venv"));
  machine.set("HOME", machine.path("/home"));
  const std::vector<std::string> expected = {
      machine.add("/second/libtest.so.13"),
      machine.add("/first/libtest.so.12"),
      machine.add("/toolkit/lib64/libtest.so.13"),
      machine.add("/usr/local/cuda/targets/x86_64-linux/lib/libtest.so.13"),
      "libtest.so.13",
      "libtest.so.12",
      machine.add("/venv/lib/python3.12/site-packages/nvidia/cu13/lib/libtest.so.13"),
      machine.add("/home/.local/lib/python3.11/site-packages/nvidia/cublas/lib/libtest.so.13"),
      machine.add("/usr/lib/python3/dist-packages/nvidia/cu13/lib/libtest.so.13"),
  };
  machine.add("/venv/lib/python3.12/site-packages/other/lib/libtest.so.13");
  const std::vector<std::string> got = library_candidates(kKind, machine.surroundings());
  CHECK_EQUAL(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK_EQUAL(got[i], expected[i]);
}

TEST("a missing library is reported with what is wrong and how to get it") {
  Machine machine;
  const OpenLibrary none = open_library(kKind, machine.surroundings());
  CHECK(none.handle == nullptr && !none.report.found);
  CHECK_EQUAL(none.report.name, "Test");
  CHECK(none.report.reason.find("no libtest.so.13, libtest.so.12. ") == 0);
  CHECK(none.report.reason.find("wish for it") != std::string::npos);
  machine.set("CAROM_CUDA_LIBRARIES", machine.path("/broken"));
  const std::string file = machine.add("/broken/libtest.so.13");
  const OpenLibrary broken = open_library(kKind, machine.surroundings());
  CHECK(!broken.report.found);
  CHECK(broken.report.reason.find(file) != std::string::npos);
}

TEST("a library of the system is found by its plain name, with its functions") {
  const LibraryKind kind{"C", {"libc.so.6"}, "strlen", ""};
  const OpenLibrary open = open_library(kind, Machine().surroundings());
  if (open.handle == nullptr) skip("no libc.so.6");
  CHECK(open.report.found && open.report.path.find("libc") != std::string::npos);
  Symbols symbols(open.handle);
  std::size_t (*length)(const char*) = nullptr;
  symbols.bind(length, "strlen");
  CHECK_EQUAL(length("four"), 4u);
  void (*nothing)() = nullptr;
  symbols.bind(nothing, "there_is_no_such_function");
  CHECK(nothing == nullptr);
  CHECK_EQUAL(symbols.missing(), "there_is_no_such_function");
}

TEST("who computes a product or a convolution is chosen by shape") {
  const Preference automatic = Preference::automatic;
  CHECK(library_multiplies(automatic, 512, 512, 512, 1));
  CHECK(library_multiplies(automatic, 128, 128, 128, 64));
  CHECK(!library_multiplies(automatic, 512, 512, 511, 1));
  CHECK(!library_multiplies(automatic, 1 << 20, 16, 1024, 1));
  CHECK(!library_multiplies(Preference::own, 4096, 4096, 4096, 1));
  CHECK(library_multiplies(Preference::library, 2, 2, 2, 1));
  CHECK(library_convolves(automatic, conv_shape(256, 32)));
  CHECK(!library_convolves(automatic, conv_shape(4, 32)));
  CHECK(!library_convolves(automatic, conv_shape(4096, 4)));
  CHECK(!library_convolves(Preference::own, conv_shape(256, 32)));
  CHECK(library_convolves(Preference::library, conv_shape(1, 1)));
}

TEST("a preference is own, library or auto") {
  CHECK(read_preference("V", "") == Preference::automatic);
  CHECK(read_preference("V", "auto") == Preference::automatic);
  CHECK(read_preference("V", "own") == Preference::own);
  CHECK(read_preference("V", "library") == Preference::library);
  CHECK_ERROR(invalid_argument, read_preference("V", "fast"));
}

TEST("a library that was asked for must be there") {
  setenv("CAROM_CUDA_PRODUCTS", "library", 1);
  const auto open = [] { Libraries(); };
  const bool found = cublas_lt::load().report.found;
  if (found) open();
  else CHECK_ERROR(invalid_argument, open());
  setenv("CAROM_CUDA_PRODUCTS", "fast", 1);
  CHECK_ERROR(invalid_argument, open());
  unsetenv("CAROM_CUDA_PRODUCTS");
}

TEST("the libraries of this machine are reported") {
  const std::vector<LibraryReport> reports = inspect_libraries();
  CHECK_EQUAL(reports.size(), 3u);
  for (const LibraryReport& report : reports) {
    std::printf("  %s %s %s\n", report.name.c_str(), report.version.c_str(),
                report.found ? report.path.c_str() : report.reason.c_str());
    CHECK(report.found ? !report.path.empty() && !report.version.empty() : !report.reason.empty());
  }
}

TEST("cuBLASLt is of the runtime's major version") {
  const LibraryReport& report = cublas_lt::load().report;
  if (!report.found) skip(report.reason);
  CHECK(report.version.find(text(kCudaMajor, ".")) == 0);
}

TEST("NVRTC compiles a kernel without a GPU, and says what is wrong with another") {
  const LibraryReport& report = nvrtc::load().report;
  if (!report.found) skip(report.reason);
  const Cubin cubin = compile_to_cubin(
      "extern \"C\" __global__ void add(float* x) { int unused; x[threadIdx.x] += AMOUNT; }",
      "add.cu", "sm_90", {"--define-macro=AMOUNT=2.0f"});
  CHECK(cubin.code.size() > 4 && std::string(&cubin.code[1], 3) == "ELF");
  CHECK(cubin.log.find("unused") != std::string::npos);
  try {
    compile_to_cubin("__global__ void f() { g(); }", "wrong.cu", "sm_90");
    fail(__FILE__, __LINE__, "compiled");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::invalid_argument);
    CHECK(std::string(error.what()).find("wrong.cu(1): error") != std::string::npos);
  }
  CHECK_ERROR(invalid_argument, compile_to_cubin("", "empty.cu", "sm_90", {"--no-such-option"}));
  CHECK_ERROR(invalid_argument, compile_to_cubin("", "empty.cu", "compute_90"));
}
