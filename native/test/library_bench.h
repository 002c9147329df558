// What the tests of NVIDIA's libraries share: the surroundings of an op, and objects of the stand-ins.
#pragma once

#include <memory>
#include <vector>

#include "cuda/libraries/libraries.h"

namespace carom::test {

using namespace carom::cuda;

/// What the backend gives an op.
class Bench {
 public:
  explicit Bench(Libraries* libraries) {
    cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking);
    launch = {"test", stream_, &fault_, &device_, Precision::float32, take, this, libraries};
  }
  ~Bench() { cudaStreamDestroy(stream_); }

  Launch launch;

 private:
  static std::byte* take(void* owner, std::size_t bytes) {
    auto& self = *static_cast<Bench*>(owner);
    self.spaces_.push_back(std::make_unique<float4[]>(bytes / sizeof(float4) + 1));
    return reinterpret_cast<std::byte*>(self.spaces_.back().get());
  }

  cudaStream_t stream_ = nullptr;
  FaultRecord fault_{};
  DeviceFacts device_{132, 200 * 1024, 9, 0};
  std::vector<std::unique_ptr<float4[]>> spaces_;
};

/// Values whose sums are exact in float32, so that the order of terms does not show.
inline std::vector<float> values(std::size_t count, unsigned seed) {
  std::vector<float> all(count);
  for (float& value : all) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<float>(static_cast<int>(seed >> 28) - 8) / 8;
  }
  return all;
}

inline std::vector<double> to_doubles(const std::vector<float>& v) { return {v.begin(), v.end()}; }

template <class Data, class Object>
int make_object(Object* object) {
  *object = new Data();
  return 0;
}
template <class Object>
int drop_object(Object object) {
  delete object;
  return 0;
}

}  // namespace carom::test
