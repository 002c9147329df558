#include <limits>

#include "cuda/gemm.h"
#include "cuda/libraries/convolutions.h"
#include "cuda/libraries/finish.h"
#include "cuda/libraries/libraries.h"

namespace carom::cuda {
namespace {

using namespace cudnn;

/// Work space that an algorithm may ask for, and of what all parts of ours are multiples, in floats.
constexpr std::size_t kMostWorkspace = std::size_t{256} << 20;
constexpr std::int64_t kPart = 64;

bool ok(int status) { return status == kSuccess; }

std::int64_t in_parts(std::int64_t floats) { return (floats + kPart - 1) / kPart * kPart; }
std::int64_t floats_of(std::size_t bytes) {
  return static_cast<std::int64_t>((bytes + sizeof(float) - 1) / sizeof(float));
}
std::int64_t weight_size(const ConvShape& s) { return s.filters * s.depth(); }

// -------------------------------------------------------------------------------- our kernels

/// Copies weights [O, C, kh, kw] of any strides to dense [O, kh, kw, C], or back.
template <bool back>
__global__ void pack_filters(ConvShape s, Strided4 weight, float* packed) {
  const std::int64_t count = s.filters * s.depth();
  for (std::int64_t i = global_index(); i < count; i += global_count()) {
    const std::int64_t c = i % s.channels, tap = i / s.channels % (s.kernel_h * s.kernel_w);
    const std::int64_t o = i / s.depth();
    float* at = weight.out() + o * weight.stride[0] + c * weight.stride[1] +
                tap / s.kernel_w * weight.stride[2] + tap % s.kernel_w * weight.stride[3];
    if (back) *at = packed[i];
    else packed[i] = *at;
  }
}

constexpr int kSumColumns = 32, kSumRows = 8;
constexpr std::int64_t kLeastRows = 64, kMostPieces = 512;

/// Sums each column of `piece` rows to partial [pieces, columns]; blockIdx.x counts the strips of
/// columns, blockIdx.y the pieces.
__global__ void sum_rows(const float* from, std::int64_t rows, std::int64_t columns,
                         std::int64_t piece, float* partial) {
  CAROM_SHARED(float, sums, kSumRows* kSumColumns);
  const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(threadIdx.y);
  const std::int64_t column = static_cast<std::int64_t>(blockIdx.x) * kSumColumns + x;
  const std::int64_t begin = static_cast<std::int64_t>(blockIdx.y) * piece;
  const std::int64_t end = begin + piece < rows ? begin + piece : rows;
  float sum = 0;
  if (column < columns) {
    for (std::int64_t row = begin + y; row < end; row += kSumRows)
      sum += from[row * columns + column];
  }
  sums[y * kSumColumns + x] = sum;
  __syncthreads();
  if (y != 0 || column >= columns) return;
  for (int other = 1; other < kSumRows; ++other) sum += sums[other * kSumColumns + x];
  partial[blockIdx.y * columns + column] = sum;
}

struct Pieces {
  std::int64_t count, rows;  // how many, rows of one
};

Pieces pieces_of(std::int64_t rows) {
  const std::int64_t wanted = std::clamp<std::int64_t>(rows / kLeastRows, 1, kMostPieces);
  const std::int64_t piece = (rows + wanted - 1) / wanted;
  return {(rows + piece - 1) / piece, piece};
}

/// dbias = the sum of dz over all pixels.
void sum_bias(Launch& launch, const Conv2dParams& p, const float* dz, float* partial) {
  const std::int64_t rows = p.shape.images * p.shape.pixels(), columns = p.shape.filters;
  const Pieces pieces = pieces_of(rows);
  const dim3 grid(static_cast<unsigned>((columns + kSumColumns - 1) / kSumColumns),
                  static_cast<unsigned>(pieces.count));
  start(launch, grid, dim3(kSumColumns, kSumRows), 0, sum_rows, dz, rows, columns, pieces.rows,
        partial);
  Product<float> sum{};
  sum.m = 1;
  sum.n = columns;
  sum.c = p.dbias;
  sum.c_row = columns;
  add_pieces(launch, sum, {}, partial, pieces.count);
}

// ----------------------------------------------------------------------------- what can be done

/// float32, dense, channels-last, and where the widest loads may begin.
bool is_dense(const Strided4& at, const ConvShape& s, std::int64_t channels, std::int64_t height,
              std::int64_t width) {
  return at.dtype == DType::float32 && at.stride[1] == 1 && at.stride[3] == channels &&
         at.stride[2] == width * channels &&
         (s.images == 1 || at.stride[0] == height * width * channels) &&
         reinterpret_cast<std::uintptr_t>(at.data) % 16 == 0;
}

bool is_dense_input(const Strided4& at, const ConvShape& s) {
  return is_dense(at, s, s.channels, s.height, s.width);
}
bool is_dense_output(const Strided4& at, const ConvShape& s) {
  return is_dense(at, s, s.filters, s.out_height, s.out_width);
}

/// cuDNN pads both ends alike and works out the size of the result.
bool is_plain(const ConvShape& s) {
  const auto result = [](std::int64_t size, std::int64_t pad, std::int64_t taps,
                         std::int64_t dilation, std::int64_t stride) {
    const std::int64_t room = size + 2 * pad - ((taps - 1) * dilation + 1);
    return room < 0 ? 0 : room / stride + 1;
  };
  const std::int64_t most = std::numeric_limits<int>::max();
  return s.groups == 1 && s.images > 0 && s.channels > 0 && s.filters > 0 &&
         s.out_height == result(s.height, s.pad_top, s.kernel_h, s.dilation_h, s.stride_h) &&
         s.out_width == result(s.width, s.pad_left, s.kernel_w, s.dilation_w, s.stride_w) &&
         s.images * s.height * s.width * s.channels <= most &&
         s.images * s.pixels() * s.filters <= most && weight_size(s) <= most;
}

bool takes_gradients(const Conv2dParams& p) {
  const ConvShape& s = p.shape;
  const bool input = p.dx.data != nullptr, weight = p.dweight.data != nullptr;
  if (!is_plain(s) || (!input && !weight)) return false;
  // With an activation dz is written, densely; without, it is dy.
  const bool dz =
      p.activation != Activation::none || p.dy.stride[1] != 1 || is_dense_output(p.dy, s);
  return dz && (!input || is_dense_input(p.dx, s)) && (!weight || is_dense_input(p.x, s));
}

/// bfloat16 is computed in tf32, which rounds less: cuDNN itself would only go to float16, whose range
/// is not that of float32.
Math math_of(Precision precision) {
  return precision == Precision::float32 ? Math::exact : Math::usual;
}

/// Whether a candidate's rounding is one that was asked for.
bool allows(Math wanted, Math candidate) {
  return candidate != Math::converting && (wanted != Math::exact || candidate != Math::tensor);
}

int to_int(std::int64_t value) { return static_cast<int>(value); }

constexpr float kOne = 1, kZero = 0;

}  // namespace

std::unique_ptr<ConvolutionLibrary> ConvolutionLibrary::open(const Functions& functions,
                                                             cudaStream_t stream) {
  std::unique_ptr<ConvolutionLibrary> library(new ConvolutionLibrary(functions));
  const bool made =
      ok(functions.create(&library->handle_)) && ok(functions.set_stream(library->handle_, stream));
  return made ? std::move(library) : nullptr;
}

ConvolutionLibrary::~ConvolutionLibrary() {
  for (auto& [key, plan] : plans_) {
    if (plan.x != nullptr) f_.destroy_tensor(plan.x);
    if (plan.y != nullptr) f_.destroy_tensor(plan.y);
    if (plan.weight != nullptr) f_.destroy_filter(plan.weight);
    if (plan.convolution != nullptr) f_.destroy_convolution(plan.convolution);
  }
  if (handle_ != nullptr) f_.destroy(handle_);
}

bool ConvolutionLibrary::describe(const ConvShape& s, Math math, Plan& plan) {
  const auto set_tensor = [&](Tensor tensor, std::int64_t channels, std::int64_t height,
                              std::int64_t width) {
    return ok(f_.set_tensor(tensor, kFloat32, to_int(s.images), to_int(channels), to_int(height),
                            to_int(width), to_int(height * width * channels), 1,
                            to_int(width * channels), to_int(channels)));
  };
  return ok(f_.create_tensor(&plan.x)) && ok(f_.create_tensor(&plan.y)) &&
         ok(f_.create_filter(&plan.weight)) && ok(f_.create_convolution(&plan.convolution)) &&
         set_tensor(plan.x, s.channels, s.height, s.width) &&
         set_tensor(plan.y, s.filters, s.out_height, s.out_width) &&
         ok(f_.set_filter(plan.weight, kFloat32, kChannelsLast, to_int(s.filters),
                          to_int(s.channels), to_int(s.kernel_h), to_int(s.kernel_w))) &&
         ok(f_.set_convolution(plan.convolution, to_int(s.pad_top), to_int(s.pad_left),
                               to_int(s.stride_h), to_int(s.stride_w), to_int(s.dilation_h),
                               to_int(s.dilation_w), kCrossCorrelation, kFloat32)) &&
         ok(f_.set_math(plan.convolution, math));
}

int ConvolutionLibrary::search(Direction direction, const Plan& plan, Candidate* candidates,
                               int* got) {
  switch (direction) {
    case Direction::forward:
      return f_.find_forward(handle_, plan.x, plan.weight, plan.convolution, plan.y, kMaxCandidates,
                             got, candidates);
    case Direction::data:
      return f_.find_backward_data(handle_, plan.weight, plan.y, plan.convolution, plan.x,
                                   kMaxCandidates, got, candidates);
    case Direction::filter: break;
  }
  return f_.find_backward_filter(handle_, plan.x, plan.y, plan.convolution, plan.weight,
                                 kMaxCandidates, got, candidates);
}

/// The first that repeats itself bit for bit, in cuDNN's own order, which comes from a model of the GPU
/// and not from measurements.
bool ConvolutionLibrary::find_algorithm(Direction direction, Math math, Plan& plan) {
  Candidate candidates[kMaxCandidates] = {};
  int got = 0;
  if (!ok(search(direction, plan, candidates, &got))) return false;
  for (int i = 0; i < got; ++i) {
    const Candidate& candidate = candidates[i];
    if (!ok(candidate.status) || candidate.determinism != kDeterministic ||
        candidate.workspace > kMostWorkspace || !allows(math, candidate.math)) {
      continue;
    }
    plan.algorithm = candidate.algorithm;
    plan.workspace = candidate.workspace;
    // What is to be exact is called so, whatever the candidate says of itself.
    return math == Math::exact || ok(f_.set_math(plan.convolution, candidate.math));
  }
  return false;
}

ConvolutionLibrary::Plan& ConvolutionLibrary::plan_of(Direction direction, const ConvShape& s,
                                                      Precision precision) {
  const Key key = {static_cast<std::int64_t>(direction),
                   static_cast<std::int64_t>(precision),
                   s.images,
                   s.channels,
                   s.height,
                   s.width,
                   s.filters,
                   s.kernel_h,
                   s.kernel_w,
                   s.stride_h,
                   s.stride_w,
                   s.pad_top,
                   s.pad_left,
                   s.dilation_h,
                   s.dilation_w,
                   s.groups};
  const auto [at, is_new] = plans_.try_emplace(key);
  Plan& plan = at->second;
  if (is_new) {
    const Math math = math_of(precision);
    plan.usable = describe(s, math, plan) && find_algorithm(direction, math, plan);
  }
  return plan;
}

bool ConvolutionLibrary::forward(Launch& launch, const Conv2dParams& p) {
  const ConvShape& s = p.shape;
  if (!is_plain(s) || !is_dense_input(p.x, s) || !is_dense_output(p.y, s)) return false;
  Plan& plan = plan_of(Direction::forward, s, launch.precision);
  if (!plan.usable) return false;
  const std::int64_t packed_size = in_parts(weight_size(s));
  float* packed = reinterpret_cast<float*>(
      launch.workspace(static_cast<std::size_t>(packed_size) * sizeof(float) + plan.workspace));
  start(launch, blocks_for(weight_size(s)), kThreads, 0, pack_filters<false>, s, p.weight, packed);
  plan.usable = launch.rehearsal || ok(f_.forward(handle_, &kOne, plan.x, p.x.data, plan.weight, packed,
                              plan.convolution, plan.algorithm, packed + packed_size,
                              plan.workspace, &kZero, plan.y, p.y.data));
  if (!plan.usable) return false;
  const std::int64_t rows = s.images * s.pixels();
  finish(launch, {p.y.out(), rows, s.filters, s.filters, s.filters, p.bias, p.activation});
  return true;
}

std::int64_t ConvolutionLibrary::backward_space(Launch& launch, const Conv2dParams& p) {
  if (!takes_gradients(p)) return 0;
  std::size_t workspace = 0;
  for (const Direction direction : {Direction::data, Direction::filter}) {
    const bool wanted = (direction == Direction::data ? p.dx : p.dweight).data != nullptr;
    if (!wanted) continue;
    const Plan& plan = plan_of(direction, p.shape, launch.precision);
    if (!plan.usable) return 0;
    workspace = std::max(workspace, plan.workspace);
  }
  // Weights or their gradient, then cuDNN's own or the sums of dbias: one after the other.
  const std::int64_t sums =
      p.dbias != nullptr ? pieces_of(p.shape.images * p.shape.pixels()).count * p.shape.filters : 0;
  return in_parts(weight_size(p.shape)) + std::max(floats_of(workspace), sums);
}

bool ConvolutionLibrary::input_gradient(Launch& launch, const Conv2dParams& p, const float* dz,
                                        float* space) {
  const ConvShape& s = p.shape;
  Plan& plan = plan_of(Direction::data, s, launch.precision);
  start(launch, blocks_for(weight_size(s)), kThreads, 0, pack_filters<false>, s, p.weight, space);
  plan.usable = launch.rehearsal || ok(f_.backward_data(
      handle_, &kOne, plan.weight, space, plan.y, dz, plan.convolution, plan.algorithm,
      space + in_parts(weight_size(s)), plan.workspace, &kZero, plan.x, p.dx.data));
  if (!plan.usable) return false;
  // A transposed convolution has a bias.
  const std::int64_t rows = s.images * s.height * s.width;
  finish(launch, {p.dx.out(), rows, s.channels, s.channels, s.channels, p.bias, Activation::none});
  return true;
}

bool ConvolutionLibrary::weight_gradient(Launch& launch, const Conv2dParams& p, const float* dz,
                                         float* space) {
  const ConvShape& s = p.shape;
  Plan& plan = plan_of(Direction::filter, s, launch.precision);
  plan.usable = launch.rehearsal || ok(f_.backward_filter(
      handle_, &kOne, plan.x, p.x.data, plan.y, dz, plan.convolution, plan.algorithm,
      space + in_parts(weight_size(s)), plan.workspace, &kZero, plan.weight, space));
  if (!plan.usable) return false;
  start(launch, blocks_for(weight_size(s)), kThreads, 0, pack_filters<true>, s, p.dweight, space);
  return true;
}

bool ConvolutionLibrary::backward(Launch& launch, const Conv2dParams& p, const float* dz,
                                  float* space) {
  if (p.dx.data != nullptr && !input_gradient(launch, p, dz, space)) return false;
  if (p.dweight.data != nullptr && !weight_gradient(launch, p, dz, space)) return false;
  if (p.dbias != nullptr) sum_bias(launch, p, dz, space + in_parts(weight_size(p.shape)));
  return true;
}

namespace {

ConvolutionLibrary* library_for(Launch& launch, const Conv2dParams& p) {
  if (launch.libraries == nullptr) return nullptr;
  return launch.libraries->for_convolution(p.shape, launch.stream);
}

}  // namespace

bool library_convolve(Launch& launch, const Conv2dParams& p) {
  ConvolutionLibrary* library = library_for(launch, p);
  return library != nullptr && library->forward(launch, p);
}

std::int64_t library_gradient_space(Launch& launch, const Conv2dParams& p) {
  ConvolutionLibrary* library = library_for(launch, p);
  return library != nullptr ? library->backward_space(launch, p) : 0;
}

bool library_gradients(Launch& launch, const Conv2dParams& p, const float* dz, float* space) {
  ConvolutionLibrary* library = library_for(launch, p);
  return library != nullptr && library->backward(launch, p, dz, space);
}

}  // namespace carom::cuda
