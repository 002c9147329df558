// Kernels that are compiled at run time: eager, recorded, and what is refused.
#include <cmath>

#include "test/check.h"

using namespace carom;
using namespace carom::test;

namespace {

constexpr const char* kSource = R"(
struct Scaling {
  const float* x;
  float* y;
  long long count;
  double factor;
};
extern "C" __global__ void __launch_bounds__(64) scale(Scaling s) {
  __shared__ float part[64];
  const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  part[threadIdx.x] = i < s.count ? s.x[i] : 0.0f;
  __syncthreads();
  if (i < s.count) s.y[i] = (float)(part[threadIdx.x] * s.factor);
}
extern "C" __global__ void add_one(Scaling s) {
  const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < s.count) s.y[i] += 1.0f;
}
)";

bool has_gpu(const Setup& setup) { return setup.backend != nullptr; }

/// Writes the command of a launch over all of y.
std::int64_t command_of(Driver& d, double kernel, const Operand& x, const Operand& y,
                        double factor) {
  const auto count = static_cast<double>(y.size());
  const double blocks = std::ceil(count / 64);
  return d.command({x}, {y}, {kernel, blocks, 64, 0, 1, 0, 2, 0, 0, count, 3, factor});
}

}  // namespace

TEST("a kernel compiled at run time works on operands, eager and recorded") {
  if (!has_gpu(setup)) return;
  Driver d(setup);
  const double module = d.engine.load(d.engine.compile(kSource, "scaling"));
  const double scale = d.engine.find_kernel(module, "scale");
  const double add_one = d.engine.find_kernel(module, "add_one");
  const Operand x = d.random({1000}, 1), y = d.empty({1000});
  d.engine.launch(command_of(d, scale, x, y, 2.5));
  std::vector<double> expected;
  for (const float value : d.read(x)) expected.push_back(value * 2.5);
  CHECK_CLOSE(d.read(y), expected, 1e-6, 0);
  d.engine.begin_recording();
  d.engine.launch(command_of(d, scale, x, y, 3));
  d.engine.launch(command_of(d, add_one, x, y, 0));
  d.run("neg", {y}, {y});
  const double program = d.engine.end_recording();
  d.run("fill", {}, {x}, {7});
  d.engine.replay(program);
  CHECK_CLOSE(d.read(y), std::vector<double>(1000, -22.0), 0, 0);
}

TEST("kernels that cannot be compiled or found are refused") {
  Driver d(setup);
  if (!has_gpu(setup)) {
    CHECK_ERROR(invalid_argument, d.engine.compile(kSource, "scaling"));
    CHECK_ERROR(invalid_argument, d.engine.load({}));
    return;
  }
  CHECK_ERROR(invalid_argument, d.engine.compile("int main( {", "nonsense"));
  const double module = d.engine.load(d.engine.compile(kSource, "scaling"));
  CHECK_ERROR(invalid_argument, d.engine.find_kernel(module, "other"));
  CHECK_ERROR(invalid_argument, d.engine.find_kernel(module + 1, "scale"));
  const double scale = d.engine.find_kernel(module, "scale");
  const Operand x = d.random({10}, 1), y = d.empty({10});
  CHECK_ERROR(invalid_argument, d.engine.launch(command_of(d, scale + 1, x, y, 1)));
  CHECK_ERROR(invalid_argument, d.engine.launch(d.command({x}, {y}, {scale, 1, 2048, 0})));
  CHECK_ERROR(invalid_argument, d.engine.launch(d.command({x}, {y}, {scale, 1, 64, 0, 1, 1})));
  CHECK_ERROR(invalid_argument, d.engine.launch(d.command({x}, {y}, {scale, 1, 64, 0, 1})));
}
