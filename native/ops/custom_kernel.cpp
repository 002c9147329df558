#include "ops/custom_kernel.h"

#include <bit>

namespace carom {
namespace {

constexpr int kFixedParams = 4;
constexpr std::int64_t kMostBlocks = 0x7FFFFFFF, kMostThreads = 1024, kMostShared = 48 * 1024;
constexpr std::int64_t kMaxInteger = std::int64_t{1} << 53;

enum class MemberKind { integer = 0, input = 1, output = 2, number = 3 };

std::uint64_t address_of(const TensorView& view) {
  return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(view.data));
}

std::uint64_t member(const Call& call, int at) {
  const auto kind = static_cast<MemberKind>(call.integer_param(at, "kind of a member", 0, 3));
  switch (kind) {
    case MemberKind::integer:
      return static_cast<std::uint64_t>(
          call.integer_param(at + 1, "member", -kMaxInteger, kMaxInteger));
    case MemberKind::input:
      return address_of(call.in(
          static_cast<int>(call.integer_param(at + 1, "input", 0, call.input_count() - 1))));
    case MemberKind::output:
      return address_of(call.out(
          static_cast<int>(call.integer_param(at + 1, "output", 0, call.output_count() - 1))));
    case MemberKind::number: break;
  }
  return std::bit_cast<std::uint64_t>(call.param(at + 1));
}

}  // namespace

const OpEntry& custom_kernel_entry() {
  static const OpEntry entry{
      "customKernel", "custom_kernel", nullptr, sizeof(CustomKernelParams), {}};
  return entry;
}

std::size_t custom_kernel_number(const Call& call, std::size_t count) {
  if (call.param_count() < kFixedParams || (call.param_count() - kFixedParams) % 2 != 0) {
    call.fail(ErrorCode::invalid_argument, "wrong number of parameters (got ", call.param_count(),
              ")");
  }
  const auto last = static_cast<std::int64_t>(count) - 1;
  return static_cast<std::size_t>(call.integer_param(0, "kernel", 0, last));
}

CustomKernelParams make_custom_kernel(const Call& call, Plan& plan, const void* kernel) {
  static_assert(sizeof(CustomKernelParams) <= kMaxParamsBytes);
  CustomKernelParams params{};
  params.kernel = kernel;
  params.blocks = static_cast<unsigned>(call.integer_param(1, "blocks", 0, kMostBlocks));
  params.threads = static_cast<unsigned>(call.integer_param(2, "threads", 1, kMostThreads));
  params.shared_bytes =
      static_cast<std::size_t>(call.integer_param(3, "shared bytes", 0, kMostShared));
  params.count = (call.param_count() - kFixedParams) / 2;
  if (params.count > kMaxKernelMembers) {
    call.fail(ErrorCode::invalid_argument, "too many members (got ", params.count, ", expected ",
              kMaxKernelMembers, " at most)");
  }
  for (int i = 0; i < call.input_count(); ++i) call.expect_contiguous(call.in(i), "input");
  for (int i = 0; i < call.output_count(); ++i) call.expect_contiguous(call.out(i), "output");
  for (int i = 0; i < params.count; ++i) params.members[i] = member(call, kFixedParams + 2 * i);
  plan.phase(cost::kElement);
  return params;
}

}  // namespace carom
