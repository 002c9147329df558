// Compares our declarations of NVIDIA's libraries with their headers. Compiled only where those are
// (CAROM_NVIDIA_HEADERS in ../CMakeLists.txt), and never linked: it compiles or it does not.
#include <cublasLt.h>
#include <cudnn.h>
#include <nvrtc.h>

#include <cstddef>
#include <type_traits>

#include "cuda/libraries/cublas_lt.h"
#include "cuda/libraries/cudnn.h"
#include "cuda/libraries/nvrtc.h"

namespace {

/// How an argument is passed: pointers alike, enumerations as int.
template <class T>
using Passed =
    std::conditional_t<std::is_pointer_v<T>, void*, std::conditional_t<std::is_enum_v<T>, int, T>>;

template <class Real, class Own>
struct PassedAlike : std::false_type {};
template <class RealResult, class... Real, class OwnResult, class... Own>
struct PassedAlike<RealResult (*)(Real...), OwnResult (*)(Own...)> {
  static constexpr bool value = std::is_same_v<void (*)(Passed<RealResult>, Passed<Real>...),
                                               void (*)(Passed<OwnResult>, Passed<Own>...)> &&
                                ((!std::is_enum_v<Real> || sizeof(Real) == sizeof(int)) && ...);
};

#define CHECK_FUNCTION(member, name)                                                            \
  static_assert(                                                                                \
      PassedAlike<decltype(&::name), decltype(carom::cuda::CHECKED::Functions::member)>::value, \
      #name);
#define CHECK_VALUE(own, real) \
  static_assert(static_cast<long long>(own) == static_cast<long long>(real), #real)
#define CHECK_FIELD(Own, field, Real, real)                                                     \
  static_assert(                                                                                \
      offsetof(Own, field) == offsetof(Real, real) && sizeof(Own::field) == sizeof(Real::real), \
      #Real " " #real)

namespace cublas {
using namespace carom::cuda::cublas_lt;
#define CHECKED cublas_lt
CAROM_CUBLAS_LT_FUNCTIONS(CHECK_FUNCTION)
#undef CHECKED

CHECK_VALUE(kSuccess, CUBLAS_STATUS_SUCCESS);
CHECK_VALUE(kFloat32, CUDA_R_32F);
CHECK_VALUE(Compute::float32, CUBLAS_COMPUTE_32F);
CHECK_VALUE(Compute::bfloat16, CUBLAS_COMPUTE_32F_FAST_16BF);
CHECK_VALUE(Compute::tf32, CUBLAS_COMPUTE_32F_FAST_TF32);
CHECK_VALUE(Operation::plain, CUBLAS_OP_N);
CHECK_VALUE(Operation::transposed, CUBLAS_OP_T);
CHECK_VALUE(Epilogue::none, CUBLASLT_EPILOGUE_DEFAULT);
CHECK_VALUE(Epilogue::relu, CUBLASLT_EPILOGUE_RELU);
CHECK_VALUE(Epilogue::bias, CUBLASLT_EPILOGUE_BIAS);
CHECK_VALUE(Epilogue::relu_bias, CUBLASLT_EPILOGUE_RELU_BIAS);
CHECK_VALUE(DescriptorField::transpose_a, CUBLASLT_MATMUL_DESC_TRANSA);
CHECK_VALUE(DescriptorField::transpose_b, CUBLASLT_MATMUL_DESC_TRANSB);
CHECK_VALUE(DescriptorField::epilogue, CUBLASLT_MATMUL_DESC_EPILOGUE);
CHECK_VALUE(DescriptorField::bias_pointer, CUBLASLT_MATMUL_DESC_BIAS_POINTER);
CHECK_VALUE(LayoutField::batch_count, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT);
CHECK_VALUE(LayoutField::batch_offset, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET);
CHECK_VALUE(LimitsField::workspace_bytes, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES);
CHECK_VALUE(LimitsField::reduction_schemes, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK);
CHECK_VALUE(LimitsField::alignment_a, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES);
CHECK_VALUE(LimitsField::alignment_b, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES);
CHECK_VALUE(LimitsField::alignment_c, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES);
CHECK_VALUE(LimitsField::alignment_d, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES);
CHECK_VALUE(kRepeatableSchemes,
            CUBLASLT_REDUCTION_SCHEME_MASK & ~CUBLASLT_REDUCTION_SCHEME_INPLACE);

static_assert(sizeof(Algorithm) == sizeof(cublasLtMatmulAlgo_t));
static_assert(sizeof(Candidate) == sizeof(cublasLtMatmulHeuristicResult_t));
CHECK_FIELD(Candidate, algorithm, cublasLtMatmulHeuristicResult_t, algo);
CHECK_FIELD(Candidate, workspace, cublasLtMatmulHeuristicResult_t, workspaceSize);
CHECK_FIELD(Candidate, status, cublasLtMatmulHeuristicResult_t, state);
}  // namespace cublas

namespace dnn {
using namespace carom::cuda::cudnn;
#define CHECKED cudnn
CAROM_CUDNN_FUNCTIONS(CHECK_FUNCTION)
#undef CHECKED

CHECK_VALUE(kSuccess, CUDNN_STATUS_SUCCESS);
CHECK_VALUE(kFloat32, CUDNN_DATA_FLOAT);
CHECK_VALUE(kChannelsLast, CUDNN_TENSOR_NHWC);
CHECK_VALUE(kCrossCorrelation, CUDNN_CROSS_CORRELATION);
CHECK_VALUE(kDeterministic, CUDNN_DETERMINISTIC);
CHECK_VALUE(Math::usual, CUDNN_DEFAULT_MATH);
CHECK_VALUE(Math::tensor, CUDNN_TENSOR_OP_MATH);
CHECK_VALUE(Math::converting, CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION);
CHECK_VALUE(Math::exact, CUDNN_FMA_MATH);
static_assert(kMaxCandidates >= CUDNN_CONVOLUTION_FWD_ALGO_COUNT &&
              kMaxCandidates >= CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT &&
              kMaxCandidates >= CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT);

#define CHECK_CANDIDATE(Real)                             \
  static_assert(sizeof(Candidate) == sizeof(Real));       \
  CHECK_FIELD(Candidate, algorithm, Real, algo);          \
  CHECK_FIELD(Candidate, status, Real, status);           \
  CHECK_FIELD(Candidate, workspace, Real, memory);        \
  CHECK_FIELD(Candidate, determinism, Real, determinism); \
  CHECK_FIELD(Candidate, math, Real, mathType)
CHECK_CANDIDATE(cudnnConvolutionFwdAlgoPerf_t);
CHECK_CANDIDATE(cudnnConvolutionBwdDataAlgoPerf_t);
CHECK_CANDIDATE(cudnnConvolutionBwdFilterAlgoPerf_t);
}  // namespace dnn

namespace compiler {
using namespace carom::cuda::nvrtc;
#define CHECKED nvrtc
CAROM_NVRTC_FUNCTIONS(CHECK_FUNCTION)
#undef CHECKED

CHECK_VALUE(kSuccess, NVRTC_SUCCESS);
CHECK_VALUE(kInvalidOption, NVRTC_ERROR_INVALID_OPTION);
CHECK_VALUE(kCompilation, NVRTC_ERROR_COMPILATION);
}  // namespace compiler

}  // namespace
