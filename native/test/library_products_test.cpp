// What is asked of NVIDIA's libraries, against stand-ins that compute by plain loops on the emulated GPU
// and refuse what the real ones would: the results must be those of our own kernels.
#include "cuda/libraries/libraries.h"
#include "test/check.h"
#include "test/library_bench.h"

using namespace carom;
using namespace carom::cuda;
using namespace carom::test;

// ------------------------------------------------------------------------------- a fake cuBLASLt

namespace carom::cuda::cublas_lt {
struct HandleData {};
struct DescriptorData {
  std::int32_t fields[16] = {};
  const float* bias = nullptr;
};
struct LayoutData {
  std::int64_t rows, columns, stride;
  std::int32_t count = 1;
  std::int64_t step = 0;
};
struct LimitsData {
  std::uint32_t schemes = 0, alignments = 0;
};
}  // namespace carom::cuda::cublas_lt

namespace {

constexpr int kRefused = 7;

int calls = 0;         // that a fake computed
bool refuses = false;  // to compute
std::size_t wanted_workspace = 0;

namespace lt = cublas_lt;

int set_descriptor(lt::Descriptor d, lt::DescriptorField field, const void* value,
                   std::size_t size) {
  if (field == lt::DescriptorField::bias_pointer) {
    if (size != sizeof(void*)) return kRefused;
    d->bias = *static_cast<const float* const*>(value);
    return 0;
  }
  if (size != sizeof(std::int32_t)) return kRefused;
  d->fields[static_cast<int>(field)] = *static_cast<const std::int32_t*>(value);
  return 0;
}

int set_layout(lt::Layout layout, lt::LayoutField field, const void* value, std::size_t size) {
  const bool is_count = field == lt::LayoutField::batch_count;
  if (size != (is_count ? sizeof(std::int32_t) : sizeof(std::int64_t))) return kRefused;
  if (is_count) layout->count = *static_cast<const std::int32_t*>(value);
  else layout->step = *static_cast<const std::int64_t*>(value);
  return 0;
}

int set_limits(lt::Limits limits, lt::LimitsField field, const void* value, std::size_t size) {
  if (field == lt::LimitsField::workspace_bytes) return size == 8 ? 0 : kRefused;
  if (size != sizeof(std::uint32_t)) return kRefused;
  if (field == lt::LimitsField::reduction_schemes) {
    limits->schemes = *static_cast<const std::uint32_t*>(value);
  } else {
    ++limits->alignments;
  }
  return 0;
}

std::int32_t field_of(lt::Descriptor d, lt::DescriptorField field) {
  return d->fields[static_cast<int>(field)];
}

/// op(matrix) is [rows, columns], and the matrix has a stride that holds its rows.
bool fits(lt::Layout layout, std::int32_t transposed, std::int64_t rows, std::int64_t columns) {
  const bool sizes = transposed != 0 ? layout->rows == columns && layout->columns == rows
                                     : layout->rows == rows && layout->columns == columns;
  return sizes && layout->stride >= layout->rows;
}

bool fits_together(lt::Descriptor d, lt::Layout a, lt::Layout b, lt::Layout c) {
  const std::int32_t ta = field_of(d, lt::DescriptorField::transpose_a);
  const std::int32_t tb = field_of(d, lt::DescriptorField::transpose_b);
  const std::int64_t depth = ta != 0 ? a->rows : a->columns;
  const bool bias = (field_of(d, lt::DescriptorField::epilogue) & 4) != 0;
  return fits(a, ta, c->rows, depth) && fits(b, tb, depth, c->columns) && c->stride >= c->rows &&
         a->count == c->count && b->count == c->count && (!bias || d->bias != nullptr);
}

int find_algorithms(lt::Handle, lt::Descriptor d, lt::Layout a, lt::Layout b, lt::Layout c,
                    lt::Layout result, lt::Limits limits, int, lt::Candidate* candidate, int* got) {
  if (!fits_together(d, a, b, c) || c != result || limits->alignments != 4 ||
      (limits->schemes & 1) != 0 || limits->schemes == 0) {
    return kRefused;
  }
  candidate->workspace = wanted_workspace;
  *got = 1;
  return 0;
}

float at(const float* matrix, lt::Layout layout, std::int32_t transposed, std::int64_t row,
         std::int64_t column) {
  if (transposed != 0) std::swap(row, column);
  return matrix[row + column * layout->stride];
}

void compute(const lt::DescriptorData& d, const float* a, lt::LayoutData la, const float* b,
             lt::LayoutData lb, float beta, float* c, lt::LayoutData lc) {
  lt::DescriptorData copy = d;
  const std::int32_t epilogue = field_of(&copy, lt::DescriptorField::epilogue);
  const std::int32_t ta = field_of(&copy, lt::DescriptorField::transpose_a);
  const std::int32_t tb = field_of(&copy, lt::DescriptorField::transpose_b);
  const std::int64_t depth = ta != 0 ? la.rows : la.columns;
  for (std::int64_t n = 0; n < lc.count; ++n)
    for (std::int64_t i = 0; i < lc.rows; ++i)
      for (std::int64_t j = 0; j < lc.columns; ++j) {
        double sum = 0;
        for (std::int64_t k = 0; k < depth; ++k) {
          sum += static_cast<double>(at(a + n * la.step, &la, ta, i, k)) *
                 static_cast<double>(at(b + n * lb.step, &lb, tb, k, j));
        }
        float* to = c + n * lc.step + i + j * lc.stride;
        float value = static_cast<float>(sum) + (beta != 0 ? beta * *to : 0.0f);
        if ((epilogue & 4) != 0) value += d.bias[i];
        if ((epilogue & 2) != 0) value = value > 0 ? value : 0;
        *to = value;
      }
}

lt::Functions fake_cublas_lt() {
  lt::Functions f{};
  f.create = make_object<lt::HandleData, lt::Handle>;
  f.destroy = drop_object<lt::Handle>;
  f.create_descriptor = [](lt::Descriptor* d, lt::Compute, int) {
    return make_object<lt::DescriptorData>(d);
  };
  f.destroy_descriptor = drop_object<lt::Descriptor>;
  f.set_descriptor = set_descriptor;
  f.create_layout = [](lt::Layout* layout, int, std::uint64_t rows, std::uint64_t columns,
                       std::int64_t stride) {
    *layout = new lt::LayoutData{static_cast<std::int64_t>(rows),
                                 static_cast<std::int64_t>(columns), stride};
    return 0;
  };
  f.destroy_layout = drop_object<lt::Layout>;
  f.set_layout = set_layout;
  f.create_limits = make_object<lt::LimitsData, lt::Limits>;
  f.destroy_limits = drop_object<lt::Limits>;
  f.set_limits = set_limits;
  f.find_algorithms = find_algorithms;
  f.multiply = [](lt::Handle, lt::Descriptor d, const void*, const void* a, lt::Layout la,
                  const void* b, lt::Layout lb, const void* beta, const void* c, lt::Layout lc,
                  void* result, lt::Layout, const lt::Algorithm*, void* workspace,
                  std::size_t bytes, lt::Stream stream) {
    if (refuses || c != result || bytes != wanted_workspace) return kRefused;
    if ((bytes > 0) != (workspace != nullptr)) return kRefused;
    ++calls;
    const float factor = *static_cast<const float*>(beta);
    emulate::submit(static_cast<cudaStream_t>(stream), [=, d = *d, la = *la, lb = *lb, lc = *lc] {
      compute(d, static_cast<const float*>(a), la, static_cast<const float*>(b), lb, factor,
              static_cast<float*>(result), lc);
    });
    return 0;
  };
  return f;
}

// ---------------------------------------------------------------------------------- calling ops

std::unique_ptr<Libraries> product_libraries() {
  return std::make_unique<Libraries>(Preference::library, ProductLibrary::open(fake_cublas_lt()),
                                     nullptr);
}

struct ProductCase {
  std::int64_t m, n, k;
  bool a_turned, b_turned, bias, accumulate;
  Activation activation;
  std::int64_t gap;  // of rows of c
};

/// c as our kernels (libraries null) or the library leave it.
std::vector<float> product(Libraries* libraries, const ProductCase& t) {
  const auto a = values(static_cast<std::size_t>(t.m * t.k), 1);
  const auto b = values(static_cast<std::size_t>(t.k * t.n), 2);
  const auto bias = values(static_cast<std::size_t>(t.n), 3);
  std::vector<float> c = values(static_cast<std::size_t>(t.m * (t.n + t.gap)), 4);
  Product<float> p{t.m,
                   t.n,
                   t.k,
                   a.data(),
                   t.a_turned ? 1 : t.k,
                   t.a_turned ? t.m : 1,
                   b.data(),
                   t.b_turned ? 1 : t.n,
                   t.b_turned ? t.k : 1,
                   c.data(),
                   t.n + t.gap,
                   t.bias ? bias.data() : nullptr,
                   t.activation,
                   t.accumulate};
  Bench bench(libraries);
  multiply<float>(bench.launch, p, {});
  return c;
}

}  // namespace

TEST("products by cuBLASLt are our kernels'") {
  const auto libraries = product_libraries();
  const Activation none = Activation::none, relu = Activation::relu, tanh = Activation::tanh;
  const std::vector<ProductCase> cases = {
      {5, 7, 9, false, false, false, false, none, 0}, {5, 7, 9, true, false, true, false, none, 3},
      {5, 7, 9, false, true, true, false, relu, 0},   {5, 7, 9, true, true, false, false, relu, 1},
      {5, 7, 9, false, false, true, false, tanh, 2},  {5, 7, 9, true, true, false, false, tanh, 0},
      {6, 4, 8, false, true, false, true, none, 5},   {1, 7, 9, true, false, true, false, relu, 0},
      {5, 1, 9, false, true, false, true, none, 0},   {5, 7, 1, true, true, true, false, none, 0}};
  for (const std::size_t workspace : {std::size_t{0}, std::size_t{1000}}) {
    wanted_workspace = workspace;
    for (const ProductCase& t : cases) {
      const int before = calls;
      const auto got = product(workspace == 0 ? libraries.get() : product_libraries().get(), t);
      CHECK_EQUAL(calls, before + 1);
      CHECK_CLOSE(got, to_doubles(product(nullptr, t)), 0, 0);
    }
  }
  wanted_workspace = 0;
}

TEST("one plan serves the products of a shape, each with its own bias") {
  const auto libraries = product_libraries();
  const std::vector<float> a = {1, 2}, b = {1, 1}, first = {10}, second = {20};
  std::vector<float> c(1);
  Bench bench(libraries.get());
  for (const auto& bias : {first, second}) {
    multiply<float>(bench.launch,
                    {1, 1, 2, a.data(), 2, 1, b.data(), 1, 1, c.data(), 1, bias.data(),
                     Activation::none, false},
                    {});
    CHECK_EQUAL(c[0], 3 + bias[0]);
  }
}

TEST("stacks of products go to cuBLASLt where their steps are equal") {
  const auto libraries = product_libraries();
  struct Case {
    bool fits;
    std::int64_t a[3], c[3];
  };
  // Shape [2, 1, 3]; b is shared by all.
  for (const Case& t : {Case{true, {60, 7, 20}, {36, 7, 12}}, Case{true, {0, 0, 0}, {36, 0, 12}},
                        Case{false, {20, 0, 40}, {36, 0, 12}}, Case{false, {20, 0, 0}, {36, 0, 12}},
                        Case{false, {60, 0, 20}, {12, 0, 24}}}) {
    const auto a = values(200, 1), b = values(15, 2);
    Stack stack;
    stack.count = 6;
    stack.rank = 3;
    const std::int64_t shape[] = {2, 1, 3};
    for (int d = 0; d < 3; ++d) {
      stack.shape[d] = shape[d], stack.a[d] = t.a[d], stack.b[d] = 0, stack.c[d] = t.c[d];
    }
    std::vector<float> results[2];
    const int before = calls;
    for (const int own : {0, 1}) {
      results[own].assign(72, -1);
      Bench bench(own != 0 ? nullptr : libraries.get());
      multiply<float>(bench.launch,
                      {4, 3, 5, a.data(), 5, 1, b.data(), 3, 1, results[own].data(), 3, nullptr,
                       Activation::none, false},
                      stack);
    }
    CHECK_EQUAL(calls - before, t.fits ? 1 : 0);
    CHECK_CLOSE(results[0], to_doubles(results[1]), 0, 0);
  }
}

TEST("a product that cuBLASLt refuses is computed by our kernels, from then on without asking") {
  const auto libraries = product_libraries();
  const ProductCase t{5, 7, 9, false, false, true, false, Activation::relu, 0};
  const int before = calls;
  refuses = true;
  const auto refused = product(libraries.get(), t);
  refuses = false;
  CHECK_CLOSE(refused, to_doubles(product(nullptr, t)), 0, 0);
  CHECK_CLOSE(product(libraries.get(), t), to_doubles(refused), 0, 0);
  CHECK_EQUAL(calls, before);
  const std::vector<float> one(64, 1.0f);
  std::vector<float> c(5);
  Bench bench(libraries.get());
  // Rows of a that are all the same row.
  multiply<float>(
      bench.launch,
      {5, 1, 9, one.data(), 0, 1, one.data(), 1, 1, c.data(), 1, nullptr, Activation::none, false},
      {});
  CHECK_EQUAL(calls, before);
  CHECK_CLOSE(c, std::vector<double>(5, 9.0), 0, 0);
}
