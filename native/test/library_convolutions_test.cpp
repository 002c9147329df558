// What is asked of cuDNN, against a stand-in that computes by plain loops on the emulated GPU: the results
// must be those of our own kernels.
#include <functional>

#include "cuda/libraries/libraries.h"
#include "test/check.h"
#include "test/library_bench.h"

using namespace carom;
using namespace carom::cuda;
using namespace carom::test;

namespace carom::cuda::cudnn {
struct HandleData {
  cudaStream_t stream = nullptr;
};
struct TensorData {
  int shape[4], stride[4];
};
struct FilterData {
  int o, c, h, w;
};
struct ConvolutionData {
  int pad[2], stride[2], dilation[2];
  Math math = Math::usual;
};
}  // namespace carom::cuda::cudnn

namespace {

namespace dnn = cudnn;

constexpr int kRefused = 3000;
constexpr std::size_t kWorkspace = 100;

int calls = 0;          // that the fake computed
int refuse_after = -1;  // so many calls; -1: never

/// Places that belong together: calls f(x, weight, y) for all of them.
void each_tap(const dnn::TensorData& x, const dnn::FilterData& w, const dnn::ConvolutionData& conv,
              const dnn::TensorData& y, const std::function<void(int, int, int)>& f) {
  const auto place = [](const dnn::TensorData& t, int n, int c, int h, int at) {
    return n * t.stride[0] + c * t.stride[1] + h * t.stride[2] + at * t.stride[3];
  };
  for (int n = 0; n < y.shape[0]; ++n)
    for (int o = 0; o < w.o; ++o)
      for (int p = 0; p < y.shape[2] * y.shape[3]; ++p)
        for (int tap = 0; tap < w.h * w.w; ++tap) {
          const int r = p / y.shape[3], q = p % y.shape[3];
          const int h = r * conv.stride[0] - conv.pad[0] + tap / w.w * conv.dilation[0];
          const int at = q * conv.stride[1] - conv.pad[1] + tap % w.w * conv.dilation[1];
          if (h < 0 || h >= x.shape[2] || at < 0 || at >= x.shape[3]) continue;
          for (int c = 0; c < w.c; ++c) {
            f(place(x, n, c, h, at), (o * w.h * w.w + tap) * w.c + c, place(y, n, o, r, q));
          }
        }
}

int size_of(const dnn::TensorData& t) { return t.shape[0] * t.shape[1] * t.shape[2] * t.shape[3]; }
int size_of(const dnn::FilterData& w) { return w.o * w.c * w.h * w.w; }

bool fits(const dnn::TensorData& x, const dnn::FilterData& w, const dnn::ConvolutionData& conv,
          const dnn::TensorData& y) {
  for (const int d : {0, 1}) {
    const int taps = d == 0 ? w.h : w.w;
    const int room = x.shape[2 + d] + 2 * conv.pad[d] - ((taps - 1) * conv.dilation[d] + 1);
    if (y.shape[2 + d] != room / conv.stride[d] + 1) return false;
  }
  return x.shape[0] == y.shape[0] && x.shape[1] == w.c && y.shape[1] == w.o;
}

/// Some that must not be taken, then one that may.
int candidates(bool suits, int wanted, int* got, dnn::Candidate* list) {
  if (!suits || wanted < 4) return kRefused;
  list[0] = {0, kRefused, 0, 0, dnn::kDeterministic, dnn::Math::exact, {}};
  list[1] = {1, 0, 0, 0, 0, dnn::Math::exact, {}};
  list[2] = {2, 0, 0, 0, dnn::kDeterministic, dnn::Math::tensor, {}};
  list[3] = {3, 0, 0, kWorkspace, dnn::kDeterministic, dnn::Math::exact, {}};
  *got = 4;
  return 0;
}

/// Whether a call is as agreed; counts it.
bool accepts(dnn::Convolution conv, int algorithm, void* workspace, std::size_t bytes) {
  if (refuse_after == calls || algorithm != 3 || conv->math != dnn::Math::exact) return false;
  if (bytes != kWorkspace || workspace == nullptr) return false;
  ++calls;
  return true;
}

/// Sums products of two operands into the third, which begins at 0.
void submit_sums(dnn::Handle handle, const void* a, const void* b, void* sum, int count,
                 std::function<void(const std::function<void(int, int, int)>&)> each) {
  emulate::submit(handle->stream, [=] {
    const float* left = static_cast<const float*>(a);
    const float* right = static_cast<const float*>(b);
    float* to = static_cast<float*>(sum);
    std::fill(to, to + count, 0.0f);
    each([&](int i, int j, int k) { to[k] += left[i] * right[j]; });
  });
}

int forward(dnn::Handle handle, const void*, dnn::Tensor dx, const void* x, dnn::Filter dw,
            const void* w, dnn::Convolution conv, int algorithm, void* workspace, std::size_t bytes,
            const void*, dnn::Tensor dy, void* y) {
  if (!accepts(conv, algorithm, workspace, bytes)) return kRefused;
  submit_sums(handle, x, w, y, size_of(*dy),
              [x = *dx, w = *dw, c = *conv, y = *dy](const auto& f) { each_tap(x, w, c, y, f); });
  return 0;
}

int backward_data(dnn::Handle handle, const void*, dnn::Filter dw, const void* w, dnn::Tensor dy,
                  const void* y, dnn::Convolution conv, int algorithm, void* workspace,
                  std::size_t bytes, const void*, dnn::Tensor dx, void* x) {
  if (!accepts(conv, algorithm, workspace, bytes)) return kRefused;
  submit_sums(handle, w, y, x, size_of(*dx), [x = *dx, w = *dw, c = *conv, y = *dy](const auto& f) {
    each_tap(x, w, c, y, [&](int i, int j, int k) { f(j, k, i); });
  });
  return 0;
}

int backward_filter(dnn::Handle handle, const void*, dnn::Tensor dx, const void* x, dnn::Tensor dy,
                    const void* y, dnn::Convolution conv, int algorithm, void* workspace,
                    std::size_t bytes, const void*, dnn::Filter dw, void* w) {
  if (!accepts(conv, algorithm, workspace, bytes)) return kRefused;
  submit_sums(handle, x, y, w, size_of(*dw), [x = *dx, w = *dw, c = *conv, y = *dy](const auto& f) {
    each_tap(x, w, c, y, [&](int i, int j, int k) { f(i, k, j); });
  });
  return 0;
}

dnn::Functions fake_cudnn() {
  dnn::Functions f{};
  f.create = make_object<dnn::HandleData, dnn::Handle>;
  f.destroy = drop_object<dnn::Handle>;
  f.set_stream = [](dnn::Handle handle, dnn::Stream stream) {
    handle->stream = static_cast<cudaStream_t>(stream);
    return 0;
  };
  f.create_tensor = make_object<dnn::TensorData, dnn::Tensor>;
  f.destroy_tensor = drop_object<dnn::Tensor>;
  f.set_tensor = [](dnn::Tensor t, int, int n, int c, int h, int w, int sn, int sc, int sh,
                    int sw) {
    *t = {{n, c, h, w}, {sn, sc, sh, sw}};
    return 0;
  };
  f.create_filter = make_object<dnn::FilterData, dnn::Filter>;
  f.destroy_filter = drop_object<dnn::Filter>;
  f.set_filter = [](dnn::Filter filter, int, int layout, int o, int c, int h, int w) {
    *filter = {o, c, h, w};
    return layout == dnn::kChannelsLast ? 0 : kRefused;
  };
  f.create_convolution = make_object<dnn::ConvolutionData, dnn::Convolution>;
  f.destroy_convolution = drop_object<dnn::Convolution>;
  f.set_convolution = [](dnn::Convolution conv, int ph, int pw, int sh, int sw, int dh, int dw,
                         int mode, int) {
    *conv = {{ph, pw}, {sh, sw}, {dh, dw}};
    return mode == dnn::kCrossCorrelation ? 0 : kRefused;
  };
  f.set_math = [](dnn::Convolution conv, dnn::Math math) {
    conv->math = math;
    return 0;
  };
  f.find_forward = [](dnn::Handle, dnn::Tensor x, dnn::Filter w, dnn::Convolution conv,
                      dnn::Tensor y, int wanted, int* got, dnn::Candidate* list) {
    return candidates(fits(*x, *w, *conv, *y), wanted, got, list);
  };
  f.find_backward_data = [](dnn::Handle, dnn::Filter w, dnn::Tensor y, dnn::Convolution conv,
                            dnn::Tensor x, int wanted, int* got, dnn::Candidate* list) {
    return candidates(fits(*x, *w, *conv, *y), wanted, got, list);
  };
  f.find_backward_filter = [](dnn::Handle, dnn::Tensor x, dnn::Tensor y, dnn::Convolution conv,
                              dnn::Filter w, int wanted, int* got, dnn::Candidate* list) {
    return candidates(fits(*x, *w, *conv, *y), wanted, got, list);
  };
  f.forward = forward;
  f.backward_data = backward_data;
  f.backward_filter = backward_filter;
  return f;
}

/// A convolution with all of its operands, and what the ops leave in them.
struct Case {
  ConvShape s;
  Activation activation;
  bool bias;

  std::vector<float> x, weight, y, dy, bias_values, dx, dweight, dbias;

  explicit Case(const ConvShape& shape, Activation wanted, bool with_bias)
      : s(shape), activation(wanted), bias(with_bias) {
    const auto inputs = static_cast<std::size_t>(s.images * s.height * s.width * s.channels);
    const auto outputs = static_cast<std::size_t>(s.images * s.pixels() * s.filters);
    const auto weights = static_cast<std::size_t>(s.filters * s.depth());
    x = values(inputs, 1), weight = values(weights, 2), dy = values(outputs, 3);
    bias_values = values(static_cast<std::size_t>(std::max(s.filters, s.channels)), 4);
    y.assign(outputs, -1), dx.assign(inputs, -1), dweight.assign(weights, -1);
    dbias.assign(static_cast<std::size_t>(s.filters), -1);
  }

  static Strided4 channels_last(std::vector<float>& v, std::int64_t c, std::int64_t h,
                                std::int64_t w) {
    return {reinterpret_cast<std::byte*>(v.data()), DType::float32, {h * w * c, 1, w * c, c}};
  }
  /// [O, C, kh, kw], dense in that order.
  Strided4 filters(std::vector<float>& v) const {
    const std::int64_t taps = s.kernel_h * s.kernel_w;
    return {reinterpret_cast<std::byte*>(v.data()),
            DType::float32,
            {s.group_channels() * taps, taps, s.kernel_w, 1}};
  }

  Conv2dParams params() {
    Conv2dParams p{};
    p.shape = s;
    p.x = channels_last(x, s.channels, s.height, s.width);
    p.y = channels_last(y, s.filters, s.out_height, s.out_width);
    p.dy = channels_last(dy, s.filters, s.out_height, s.out_width);
    p.weight = filters(weight);
    p.bias = bias ? bias_values.data() : nullptr;
    p.activation = activation;
    p.scale = 1;
    return p;
  }
};

std::unique_ptr<Libraries> libraries() {
  static const auto stream = [] {
    cudaStream_t made = nullptr;
    cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking);
    return made;
  }();
  return std::make_unique<Libraries>(Preference::library, nullptr,
                                     ConvolutionLibrary::open(fake_cudnn(), stream));
}

/// conv2d, then its gradients.
void run(Case& t, Libraries* libraries) {
  Bench bench(libraries);
  conv2d(t.params(), bench.launch);
  Conv2dParams p = t.params();
  p.bias = nullptr;
  p.dx = Case::channels_last(t.dx, t.s.channels, t.s.height, t.s.width);
  p.dweight = t.filters(t.dweight);
  p.dbias = t.bias ? t.dbias.data() : nullptr;
  conv2d_backward(p, bench.launch);
}

void check_alike(const Case& got, const Case& expected) {
  CHECK_CLOSE(got.y, to_doubles(expected.y), 1e-6, 1e-6);
  CHECK_CLOSE(got.dx, to_doubles(expected.dx), 1e-5, 1e-5);
  CHECK_CLOSE(got.dweight, to_doubles(expected.dweight), 1e-5, 1e-5);
  CHECK_CLOSE(got.dbias, to_doubles(expected.dbias), 1e-5, 1e-5);
}

const ConvShape kPlain{3, 4, 9, 8, 5, 4, 3, 3, 2, 2, 2, 0, 0, 1, 1, 1};
const ConvShape kPadded{2, 3, 6, 7, 4, 8, 5, 3, 2, 1, 2, 3, 2, 2, 1, 1};

ConvShape with_size(ConvShape s) {
  s.out_height = (s.height + 2 * s.pad_top - (s.kernel_h - 1) * s.dilation_h - 1) / s.stride_h + 1;
  s.out_width = (s.width + 2 * s.pad_left - (s.kernel_w - 1) * s.dilation_w - 1) / s.stride_w + 1;
  return s;
}

}  // namespace

TEST("convolutions by cuDNN are our kernels'") {
  const auto all = libraries();
  for (const ConvShape& shape : {with_size(kPlain), with_size(kPadded)}) {
    for (const Activation activation : {Activation::none, Activation::relu, Activation::tanh}) {
      Case library(shape, activation, activation != Activation::tanh);
      Case own = library;
      const int before = calls;
      run(library, all.get());
      CHECK_EQUAL(calls, before + 3);
      run(own, nullptr);
      check_alike(library, own);
    }
  }
}

TEST("a transposed convolution by cuDNN has its bias") {
  const auto all = libraries();
  Case library(with_size(kPlain), Activation::none, true);
  Case own = library;
  for (Case* t : {&library, &own}) {
    Bench bench(t == &library ? all.get() : nullptr);
    Conv2dParams p = t->params();
    p.dx = Case::channels_last(t->dx, t->s.channels, t->s.height, t->s.width);
    conv2d_backward(p, bench.launch);
  }
  check_alike(library, own);
}

TEST("convolutions that cuDNN has no words for are our kernels'") {
  const auto all = libraries();
  ConvShape lopsided = with_size(kPadded);
  lopsided.out_width -= 1;  // padded on the left alone
  ConvShape grouped = with_size(kPlain);
  grouped.groups = 2;
  grouped.filters = 6;
  const int before = calls;
  for (const ConvShape& shape : {lopsided, grouped}) {
    Case library(shape, Activation::relu, true);
    Case own = library;
    run(library, all.get());
    run(own, nullptr);
    check_alike(library, own);
  }
  CHECK_EQUAL(calls, before);
}

TEST("a convolution that cuDNN refuses is computed by our kernels, whichever part it is") {
  for (const int accepted : {0, 1, 2}) {
    const auto all = libraries();
    Case library(with_size(kPadded), Activation::relu, true);
    Case own = library;
    refuse_after = calls + accepted;
    run(library, all.get());
    refuse_after = -1;
    run(own, nullptr);
    check_alike(library, own);
  }
}
