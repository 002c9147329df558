// The part of cuDNN's interface that is used (of its older, direct one for convolutions, which version 9
// has beside the graphs), in our own declarations; check_headers.cpp compares them with the real ones.
#pragma once

#include <cstddef>

#include "cuda/libraries/finder.h"

namespace carom::cuda::cudnn {

using Handle = struct HandleData*;
using Tensor = struct TensorData*;
using Filter = struct FilterData*;
using Convolution = struct ConvolutionData*;
using Stream = void*;

inline constexpr int kSuccess = 0;
inline constexpr int kFloat32 = 0;
inline constexpr int kChannelsLast = 1;      // layout of a filter: [O, kh, kw, C]
inline constexpr int kCrossCorrelation = 1;  // the filter is not turned around
inline constexpr int kDeterministic = 1;

/// `usual` lets float32 be rounded to tf32, `tensor` asks for it, `converting` lets it be rounded to
/// float16, `exact` forbids both.
enum class Math : int { usual = 0, tensor = 1, converting = 2, exact = 3 };

/// The same for the three directions.
struct Candidate {
  int algorithm;
  int status;
  float time;
  std::size_t workspace;
  int determinism;
  Math math;
  int reserved[3];
};
inline constexpr int kMaxCandidates = 8;

struct Functions {
  std::size_t (*get_version)();
  int (*create)(Handle*);
  int (*destroy)(Handle);
  int (*set_stream)(Handle, Stream);
  int (*create_tensor)(Tensor*);
  int (*destroy_tensor)(Tensor);
  int (*set_tensor)(Tensor, int type, int n, int c, int h, int w, int n_stride, int c_stride,
                    int h_stride, int w_stride);
  int (*create_filter)(Filter*);
  int (*destroy_filter)(Filter);
  int (*set_filter)(Filter, int type, int layout, int o, int c, int h, int w);
  int (*create_convolution)(Convolution*);
  int (*destroy_convolution)(Convolution);
  int (*set_convolution)(Convolution, int pad_h, int pad_w, int stride_h, int stride_w,
                         int dilation_h, int dilation_w, int mode, int type);
  int (*set_math)(Convolution, Math);
  int (*find_forward)(Handle, Tensor x, Filter, Convolution, Tensor y, int wanted, int* got,
                      Candidate*);
  int (*find_backward_data)(Handle, Filter, Tensor dy, Convolution, Tensor dx, int wanted, int* got,
                            Candidate*);
  int (*find_backward_filter)(Handle, Tensor x, Tensor dy, Convolution, Filter, int wanted,
                              int* got, Candidate*);
  int (*forward)(Handle, const void* alpha, Tensor, const void* x, Filter, const void* w,
                 Convolution, int algorithm, void* workspace, std::size_t, const void* beta, Tensor,
                 void* y);
  int (*backward_data)(Handle, const void* alpha, Filter, const void* w, Tensor, const void* dy,
                       Convolution, int algorithm, void* workspace, std::size_t, const void* beta,
                       Tensor, void* dx);
  int (*backward_filter)(Handle, const void* alpha, Tensor, const void* x, Tensor, const void* dy,
                         Convolution, int algorithm, void* workspace, std::size_t, const void* beta,
                         Filter, void* dw);
};

/// F(member, name in the library) for all of them.
#define CAROM_CUDNN_FUNCTIONS(F)                                         \
  F(get_version, cudnnGetVersion)                                        \
  F(create, cudnnCreate)                                                 \
  F(destroy, cudnnDestroy)                                               \
  F(set_stream, cudnnSetStream)                                          \
  F(create_tensor, cudnnCreateTensorDescriptor)                          \
  F(destroy_tensor, cudnnDestroyTensorDescriptor)                        \
  F(set_tensor, cudnnSetTensor4dDescriptorEx)                            \
  F(create_filter, cudnnCreateFilterDescriptor)                          \
  F(destroy_filter, cudnnDestroyFilterDescriptor)                        \
  F(set_filter, cudnnSetFilter4dDescriptor)                              \
  F(create_convolution, cudnnCreateConvolutionDescriptor)                \
  F(destroy_convolution, cudnnDestroyConvolutionDescriptor)              \
  F(set_convolution, cudnnSetConvolution2dDescriptor)                    \
  F(set_math, cudnnSetConvolutionMathType)                               \
  F(find_forward, cudnnGetConvolutionForwardAlgorithm_v7)                \
  F(find_backward_data, cudnnGetConvolutionBackwardDataAlgorithm_v7)     \
  F(find_backward_filter, cudnnGetConvolutionBackwardFilterAlgorithm_v7) \
  F(forward, cudnnConvolutionForward)                                    \
  F(backward_data, cudnnConvolutionBackwardData)                         \
  F(backward_filter, cudnnConvolutionBackwardFilter)

/// Opened at the first call, once for the process.
const Loaded<Functions>& load();

}  // namespace carom::cuda::cudnn
