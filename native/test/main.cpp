// Runs every test on every instruction set this machine has, with one thread and with three (so
// that ranks are not alone on a core). With arguments only the tests run whose name contains one of them.
#include <cstdio>
#include <cstring>

#include "test/check.h"
#if defined(CAROM_CUDA_TESTS)
#include "cuda/backend.h"
#endif

namespace carom::test {

std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

void fail(const char* file, int line, const std::string& message) {
  const char* name = std::strrchr(file, '/');
  throw Failure{text(name != nullptr ? name + 1 : file, ":", line, ": ", message)};
}

void check_close(const char* file, int line, const std::vector<float>& got,
                 const std::vector<double>& expected, double relative, double absolute) {
  if (got.size() != expected.size()) {
    fail(file, line, text("got ", got.size(), " elements, expected ", expected.size()));
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double g = got[i], e = expected[i];
    if (std::isnan(g) && std::isnan(e)) continue;
    if (g == e) continue;
    if (std::abs(g - e) <= absolute + relative * std::abs(e)) continue;
    fail(file, line, text("element ", i, " is ", g, ", expected ", e));
  }
}

void check_error(const char* file, int line, ErrorCode code, const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    if (error.code() == code) return;
    fail(file, line,
         text("threw ", code_name(error.code()), " (", error.what(), "), expected ",
              code_name(code)));
  }
  fail(file, line, text("threw nothing, expected ", code_name(code)));
}

}  // namespace carom::test

namespace {

using namespace carom;

struct Named {
  std::string name;
  test::Setup setup;
};

/// Whether the arguments ask for a test.
bool selected(const char* name, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strstr(name, argv[i]) != nullptr) return true;
  }
  return argc == 1;
}

/// The configurations of this program: all of the processor's, or with CAROM_CUDA_TESTS the GPU's
/// (with CAROM_EMULATE: the emulated one).
std::vector<Named> configurations() {
#if defined(CAROM_CUDA_TESTS)
  return {{"cuda", {1, best_isa(), [] { return make_cuda_backend({}); }}}};
#else
  std::vector<Named> all;
  for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512}) {
    if (!isa_supported(isa)) continue;
    for (const int threads : {1, 3}) {
      all.push_back({text(isa_name(isa), ", ", threads, " threads"), {threads, isa}});
    }
  }
  return all;
#endif
}

}  // namespace

int main(int argc, char** argv) {
  int failures = 0, passes = 0, skips = 0;
  for (const auto& [configuration, setup] : configurations()) {
    for (const test::Test& test : test::tests()) {
      if (!selected(test.name, argc, argv)) continue;
      std::string problem;
      try {
        test.body(setup);
        ++passes;
        continue;
      } catch (const test::Skipped& skipped) {
        ++skips;
        std::printf("SKIP [%s] %s\n  %s\n", configuration.c_str(), test.name,
                    skipped.reason.c_str());
        continue;
      } catch (const test::Failure& failure) {
        problem = failure.message;
      } catch (const std::exception& error) {
        problem = text("threw: ", error.what());
      }
      ++failures;
      std::printf("FAIL [%s] %s\n  %s\n", configuration.c_str(), test.name, problem.c_str());
    }
  }
  std::printf("%d passed, %d failed, %d skipped\n", passes, failures, skips);
  return failures == 0 ? 0 : 1;
}
