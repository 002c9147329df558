// The part of cuBLASLt's interface that is used, in our own declarations: its headers are needed by
// nothing but check_headers.cpp, which compares the two.
#pragma once

#include <cstdint>

#include "cuda/libraries/finder.h"

namespace carom::cuda::cublas_lt {

using Handle = struct HandleData*;
using Descriptor = struct DescriptorData*;  // of a product
using Layout = struct LayoutData*;          // of a matrix
using Limits = struct LimitsData*;          // of the search for an algorithm
using Stream = void*;

inline constexpr int kSuccess = 0;
inline constexpr int kFloat32 = 0;  // cudaDataType

enum class Compute : int { float32 = 68, bfloat16 = 75, tf32 = 77 };
enum class Operation : int { plain = 0, transposed = 1 };
enum class Epilogue : int { none = 1, relu = 2, bias = 4, relu_bias = 6 };
enum class DescriptorField : int {
  transpose_a = 3,
  transpose_b = 4,
  epilogue = 7,
  bias_pointer = 8
};
enum class LayoutField : int { batch_count = 5, batch_offset = 6 };
enum class LimitsField : int {
  workspace_bytes = 1,
  reduction_schemes = 3,
  alignment_a = 5,
  alignment_b = 6,
  alignment_c = 7,
  alignment_d = 8
};
/// How the parts of a long sum meet; without the scheme that adds in place, in any order.
inline constexpr std::uint32_t kRepeatableSchemes = 2 | 4;

struct Algorithm {
  std::uint64_t data[8];
};
struct Candidate {
  Algorithm algorithm;
  std::size_t workspace;
  int status;
  float waves;
  int reserved[4];
};

struct Functions {
  std::size_t (*get_version)();
  int (*create)(Handle*);
  int (*destroy)(Handle);
  int (*create_descriptor)(Descriptor*, Compute, int scale_type);
  int (*destroy_descriptor)(Descriptor);
  int (*set_descriptor)(Descriptor, DescriptorField, const void*, std::size_t);
  int (*create_layout)(Layout*, int type, std::uint64_t rows, std::uint64_t columns, std::int64_t);
  int (*destroy_layout)(Layout);
  int (*set_layout)(Layout, LayoutField, const void*, std::size_t);
  int (*create_limits)(Limits*);
  int (*destroy_limits)(Limits);
  int (*set_limits)(Limits, LimitsField, const void*, std::size_t);
  int (*find_algorithms)(Handle, Descriptor, Layout a, Layout b, Layout c, Layout d, Limits,
                         int wanted, Candidate*, int* got);
  int (*multiply)(Handle, Descriptor, const void* alpha, const void* a, Layout, const void* b,
                  Layout, const void* beta, const void* c, Layout, void* d, Layout,
                  const Algorithm*, void* workspace, std::size_t, Stream);
};

/// F(member, name in the library) for all of them.
#define CAROM_CUBLAS_LT_FUNCTIONS(F)                  \
  F(get_version, cublasLtGetVersion)                  \
  F(create, cublasLtCreate)                           \
  F(destroy, cublasLtDestroy)                         \
  F(create_descriptor, cublasLtMatmulDescCreate)      \
  F(destroy_descriptor, cublasLtMatmulDescDestroy)    \
  F(set_descriptor, cublasLtMatmulDescSetAttribute)   \
  F(create_layout, cublasLtMatrixLayoutCreate)        \
  F(destroy_layout, cublasLtMatrixLayoutDestroy)      \
  F(set_layout, cublasLtMatrixLayoutSetAttribute)     \
  F(create_limits, cublasLtMatmulPreferenceCreate)    \
  F(destroy_limits, cublasLtMatmulPreferenceDestroy)  \
  F(set_limits, cublasLtMatmulPreferenceSetAttribute) \
  F(find_algorithms, cublasLtMatmulAlgoGetHeuristic)  \
  F(multiply, cublasLtMatmul)

/// Opened at the first call, once for the process.
const Loaded<Functions>& load();

}  // namespace carom::cuda::cublas_lt
