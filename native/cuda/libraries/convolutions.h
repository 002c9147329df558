// conv2d and its gradients by cuDNN, for dense channels-last float32. Weights are packed to
// [O, kh, kw, C] and their gradients taken from there; bias, activation and dbias are our own.
#pragma once

#include <array>
#include <map>
#include <memory>

#include "cuda/launch.h"
#include "cuda/libraries/cudnn.h"
#include "ops/conv2d.h"

namespace carom::cuda {

/// A handle of cuDNN, and for each convolution met what computes it.
class ConvolutionLibrary {
 public:
  /// Null where no handle can be had.
  static std::unique_ptr<ConvolutionLibrary> open(const cudnn::Functions& functions,
                                                  cudaStream_t stream);
  ConvolutionLibrary(const ConvolutionLibrary&) = delete;
  ConvolutionLibrary& operator=(const ConvolutionLibrary&) = delete;
  ~ConvolutionLibrary();

  /// Starts conv2d; false: our kernels are to do it. May take the call's work space first.
  bool forward(Launch& launch, const Conv2dParams& p);

  /// Work space of backward(), in floats; 0: our kernels are to do it.
  std::int64_t backward_space(Launch& launch, const Conv2dParams& p);
  /// Starts conv2d_backward but for dz, which is dense and channels-last; `space` lies at a multiple of
  /// 16 bytes. False: our kernels are to do all of it.
  bool backward(Launch& launch, const Conv2dParams& p, const float* dz, float* space);

 private:
  enum class Direction : std::int64_t { forward, data, filter };
  using Key = std::array<std::int64_t, 16>;  // direction, precision and shape
  struct Plan {
    bool usable = false;
    cudnn::Tensor x = nullptr, y = nullptr;
    cudnn::Filter weight = nullptr;
    cudnn::Convolution convolution = nullptr;
    int algorithm = 0;
    std::size_t workspace = 0;
  };

  explicit ConvolutionLibrary(const cudnn::Functions& functions) : f_(functions) {}
  Plan& plan_of(Direction direction, const ConvShape& shape, Precision precision);
  bool describe(const ConvShape& shape, cudnn::Math math, Plan& plan);
  bool find_algorithm(Direction direction, cudnn::Math math, Plan& plan);
  int search(Direction direction, const Plan& plan, cudnn::Candidate* candidates, int* got);
  bool input_gradient(Launch& launch, const Conv2dParams& p, const float* dz, float* space);
  bool weight_gradient(Launch& launch, const Conv2dParams& p, const float* dz, float* space);

  const cudnn::Functions f_;
  cudnn::Handle handle_ = nullptr;
  std::map<Key, Plan> plans_;
};

/// What conv2d and conv2d_backward ask first; as the functions of ConvolutionLibrary, where one is to
/// compute this shape.
bool library_convolve(Launch& launch, const Conv2dParams& p);
std::int64_t library_gradient_space(Launch& launch, const Conv2dParams& p);
bool library_gradients(Launch& launch, const Conv2dParams& p, const float* dz, float* space);

}  // namespace carom::cuda
