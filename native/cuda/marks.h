// Moments in the order of a stream's work, as CUDA's events: what Backend::mark() and take_marks() are made of.
#pragma once

#include <vector>

#include "cuda/check.h"
#include "cuda/runtime.h"

namespace carom::cuda {

class Marks {
 public:
  std::size_t mark(cudaStream_t stream) {
    cudaEvent_t event = nullptr;
    check(cudaEventCreateWithFlags(&event, cudaEventDefault), "trace", "cudaEventCreateWithFlags");
    events_.push_back(event);
    check(cudaEventRecord(event, stream), "trace", "cudaEventRecord");
    return events_.size() - 1;
  }

  /// Nanoseconds from the first to each. The stream must have been waited for.
  std::vector<double> take() {
    constexpr double kNanoseconds = 1e6;  // of a millisecond
    std::vector<double> times;
    for (cudaEvent_t event : events_) {
      float milliseconds = 0;
      check(cudaEventElapsedTime(&milliseconds, events_.front(), event), "trace",
            "cudaEventElapsedTime");
      times.push_back(milliseconds * kNanoseconds);
    }
    release_all();
    return times;
  }

  void release_all() {
    for (cudaEvent_t event : events_) cudaEventDestroy(event);
    events_.clear();
  }

 private:
  std::vector<cudaEvent_t> events_;
};

}  // namespace carom::cuda
