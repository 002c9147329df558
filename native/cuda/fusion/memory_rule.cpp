#include "cuda/fusion/memory_rule.h"

namespace carom::cuda {
namespace {

bool fits(const Use& first, const Use& second) {
  using Kind = Use::Kind;
  if (first.kind == Kind::read && second.kind == Kind::read) return true;
  if (first.end <= second.begin || second.end <= first.begin) return true;
  const bool same_rows =
      first.stride > 0 && first.stride == second.stride && first.begin == second.begin;
  if (first.step == second.step) return same_rows && first.elementwise && second.elementwise;
  if (second.kind == Kind::read) {  // what `source` wrote replaced all that was there
    return second.source != kNoStep && first.step <= second.source;
  }
  if (first.kind == Kind::final_write) return false;
  return second.kind == Kind::final_write || same_rows;
}

}  // namespace

bool keeps_order(const std::vector<Use>& uses) {
  for (std::size_t i = 0; i < uses.size(); ++i) {
    for (std::size_t j = i + 1; j < uses.size(); ++j) {
      if (!fits(uses[i], uses[j])) return false;
    }
  }
  return true;
}

}  // namespace carom::cuda
