#include "cuda/libraries/finish.h"
#include "cuda/libraries/libraries.h"
#include "cuda/libraries/products.h"

namespace carom::cuda {
namespace {

using namespace cublas_lt;

/// Work space that an algorithm may ask for.
constexpr std::uint64_t kMostWorkspace = std::uint64_t{32} << 20;
/// No algorithm needs more alignment than that of the widest loads.
constexpr std::uint32_t kWidestLoad = 16;

bool ok(int status) { return status == kSuccess; }

/// A matrix [rows, columns] of ours as one that is counted by columns: [columns, rows], or transposed
/// [rows, columns], `stride` apart. False where neither side is dense.
bool orient(std::int64_t rows, std::int64_t columns, std::int64_t row, std::int64_t column,
            std::int64_t& stride, bool& transposed) {
  // The stride of a side of one element is never used.
  if (rows == 1) row = std::max(row, columns);
  if (columns == 1) column = std::max(column, rows);
  if ((column == 1 || columns == 1) && row >= columns) {
    stride = row;
    transposed = false;
    return true;
  }
  if ((row == 1 || rows == 1) && column >= rows) {
    stride = column;
    transposed = true;
    return true;
  }
  return false;
}

/// The one step that leads from each product to the next, if there is one.
bool equal_steps(const Stack& stack, const std::int64_t* strides, std::int64_t& step) {
  step = 0;
  bool is_first = true;
  std::int64_t expected = 0;
  for (int d = stack.rank - 1; d >= 0; --d) {
    if (stack.shape[d] == 1) continue;
    if (is_first) step = strides[d];
    else if (strides[d] != expected) return false;
    is_first = false;
    expected = strides[d] * stack.shape[d];
  }
  return step >= 0;
}

/// Of all matrices that begin at `data` and are `step` elements apart.
std::uint32_t alignment_of(const float* data, std::int64_t step = 0) {
  const std::uintptr_t bits =
      reinterpret_cast<std::uintptr_t>(data) | static_cast<std::uintptr_t>(step) * sizeof(float);
  std::uint32_t alignment = kWidestLoad;
  while (bits % alignment != 0) alignment /= 2;
  return alignment;
}

Epilogue epilogue_of(const Product<float>& p) {
  if (p.activation == Activation::tanh) return Epilogue::none;  // finish() does bias and tanh
  const bool relu = p.activation == Activation::relu;
  if (p.bias != nullptr) return relu ? Epilogue::relu_bias : Epilogue::bias;
  return relu ? Epilogue::relu : Epilogue::none;
}

Compute compute_of(Precision precision) {
  switch (precision) {
    case Precision::float32: return Compute::float32;
    case Precision::tf32: return Compute::tf32;
    case Precision::bfloat16: return Compute::bfloat16;
  }
  return Compute::float32;
}

bool has_bias(Epilogue epilogue) {
  return epilogue == Epilogue::bias || epilogue == Epilogue::relu_bias;
}

template <class Field, class Object, class T>
bool set(int (*function)(Object, Field, const void*, std::size_t), Object object, Field field,
         const T& value) {
  return ok(function(object, field, &value, sizeof(T)));
}

}  // namespace

bool describe_product(const Product<float>& p, const Stack& stack, Precision precision,
                      LibraryProduct& out) {
  out = {};
  out.rows = p.n;
  out.columns = p.m;
  out.depth = p.k;
  out.count = stack.count;
  if (p.m <= 0 || p.n <= 0 || p.k <= 0 || stack.count <= 0 || p.c_row < p.n) return false;
  if (stack.count > 1 && p.bias != nullptr) return false;
  if (!orient(p.k, p.n, p.b_row, p.b_col, out.first_stride, out.first_transposed)) return false;
  if (!orient(p.m, p.k, p.a_row, p.a_col, out.second_stride, out.second_transposed)) return false;
  if (!equal_steps(stack, stack.b, out.first_step) ||
      !equal_steps(stack, stack.a, out.second_step) ||
      !equal_steps(stack, stack.c, out.result_step)) {
    return false;
  }
  out.result_stride = p.c_row;
  out.epilogue = epilogue_of(p);
  out.compute = compute_of(precision);
  out.accumulate = p.accumulate;
  out.first_alignment = alignment_of(p.b, out.first_step);
  out.second_alignment = alignment_of(p.a, out.second_step);
  // The bias is read as the result is written.
  out.result_alignment = std::min(alignment_of(p.c, out.result_step), alignment_of(p.bias));
  return true;
}

std::unique_ptr<ProductLibrary> ProductLibrary::open(const Functions& functions) {
  std::unique_ptr<ProductLibrary> library(new ProductLibrary(functions));
  return ok(functions.create(&library->handle_)) ? std::move(library) : nullptr;
}

ProductLibrary::~ProductLibrary() {
  for (auto& [product, plan] : plans_) {
    for (const Layout layout : {plan.first, plan.second, plan.result}) {
      if (layout != nullptr) f_.destroy_layout(layout);
    }
    if (plan.descriptor != nullptr) f_.destroy_descriptor(plan.descriptor);
  }
  if (handle_ != nullptr) f_.destroy(handle_);
}

bool ProductLibrary::make_layout(Layout& layout, std::int64_t rows, std::int64_t columns,
                                 std::int64_t stride, std::int64_t count, std::int64_t step) {
  const auto products = static_cast<std::int32_t>(count);
  return ok(f_.create_layout(&layout, kFloat32, static_cast<std::uint64_t>(rows),
                             static_cast<std::uint64_t>(columns), stride)) &&
         products == count && set(f_.set_layout, layout, LayoutField::batch_count, products) &&
         set(f_.set_layout, layout, LayoutField::batch_offset, step);
}

bool ProductLibrary::describe(const LibraryProduct& product, Plan& plan) {
  const auto first = product.first_transposed ? Operation::transposed : Operation::plain;
  const auto second = product.second_transposed ? Operation::transposed : Operation::plain;
  if (!ok(f_.create_descriptor(&plan.descriptor, product.compute, kFloat32)) ||
      !set(f_.set_descriptor, plan.descriptor, DescriptorField::transpose_a, first) ||
      !set(f_.set_descriptor, plan.descriptor, DescriptorField::transpose_b, second) ||
      !set(f_.set_descriptor, plan.descriptor, DescriptorField::epilogue, product.epilogue)) {
    return false;
  }
  const auto make = [&](Layout& layout, bool transposed, std::int64_t rows, std::int64_t columns,
                        std::int64_t stride, std::int64_t step) {
    return transposed ? make_layout(layout, columns, rows, stride, product.count, step)
                      : make_layout(layout, rows, columns, stride, product.count, step);
  };
  return make(plan.first, product.first_transposed, product.rows, product.depth,
              product.first_stride, product.first_step) &&
         make(plan.second, product.second_transposed, product.depth, product.columns,
              product.second_stride, product.second_step) &&
         make(plan.result, false, product.rows, product.columns, product.result_stride,
              product.result_step);
}

bool ProductLibrary::find_algorithm(const LibraryProduct& product, Plan& plan) {
  Limits limits = nullptr;
  if (!ok(f_.create_limits(&limits))) return false;
  Candidate candidate{};
  int got = 0;
  const bool found =
      set(f_.set_limits, limits, LimitsField::workspace_bytes, kMostWorkspace) &&
      set(f_.set_limits, limits, LimitsField::reduction_schemes, kRepeatableSchemes) &&
      set(f_.set_limits, limits, LimitsField::alignment_a, product.first_alignment) &&
      set(f_.set_limits, limits, LimitsField::alignment_b, product.second_alignment) &&
      set(f_.set_limits, limits, LimitsField::alignment_c, product.result_alignment) &&
      set(f_.set_limits, limits, LimitsField::alignment_d, product.result_alignment) &&
      ok(f_.find_algorithms(handle_, plan.descriptor, plan.first, plan.second, plan.result,
                            plan.result, limits, 1, &candidate, &got));
  f_.destroy_limits(limits);
  plan.algorithm = candidate.algorithm;
  plan.workspace = candidate.workspace;
  return found && got == 1 && ok(candidate.status);
}

/// The descriptor is read when a product is started, so the next call may change it.
bool ProductLibrary::set_bias(const LibraryProduct& product, const Plan& plan, const float* bias) {
  if (!has_bias(product.epilogue)) return true;
  return set(f_.set_descriptor, plan.descriptor, DescriptorField::bias_pointer, bias);
}

ProductLibrary::Plan& ProductLibrary::plan_of(const LibraryProduct& product, const float* bias) {
  const auto [at, is_new] = plans_.try_emplace(product);
  Plan& plan = at->second;
  if (is_new) {
    plan.usable =
        describe(product, plan) && set_bias(product, plan, bias) && find_algorithm(product, plan);
  }
  return plan;
}

bool ProductLibrary::multiply(Launch& launch, const Product<float>& p, const Stack& stack) {
  LibraryProduct product;
  if (!describe_product(p, stack, launch.precision, product)) return false;
  Plan& plan = plan_of(product, p.bias);
  if (!plan.usable || !set_bias(product, plan, p.bias)) return false;
  void* workspace = plan.workspace > 0 ? launch.workspace(plan.workspace) : nullptr;
  if (launch.rehearsal) return true;
  const float alpha = 1, beta = p.accumulate ? 1.0f : 0.0f;
  plan.usable = ok(f_.multiply(handle_, plan.descriptor, &alpha, p.b, plan.first, p.a, plan.second,
                               &beta, p.c, plan.result, p.c, plan.result, &plan.algorithm,
                               workspace, plan.workspace, launch.stream));
  if (!plan.usable) return false;
  if (p.activation == Activation::tanh) {
    finish(launch, {p.c, p.m, p.n, p.c_row, p.n, p.bias, p.activation});
  }
  return true;
}

bool library_multiply(Launch& launch, const Product<float>& p, const Stack& stack) {
  if (launch.libraries == nullptr) return false;
  ProductLibrary* library = launch.libraries->for_product(p.m, p.n, p.k, stack.count);
  return library != nullptr && library->multiply(launch, p, stack);
}

}  // namespace carom::cuda
