#include "cuda/libraries/choice.h"

#include "core/error.h"
#include "core/text.h"

namespace carom::cuda {

Preference read_preference(const std::string& variable, const std::string& value) {
  if (value.empty() || value == "auto") return Preference::automatic;
  if (value == "own") return Preference::own;
  if (value == "library") return Preference::library;
  throw Error(ErrorCode::invalid_argument, "open",
              text(variable, " must be own, library or auto (got ", value, ")"));
}

// The numbers below are expected, not measured; README.md says how they are to be replaced.

bool library_multiplies(Preference preference, std::int64_t m, std::int64_t n, std::int64_t k,
                        std::int64_t count) {
  if (preference != Preference::automatic) return preference == Preference::library;
  // Thin products wait for memory, small ones for the launch: ours are as good, and fused.
  if (m < 64 || n < 64 || k < 32) return false;
  const double work = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  return work * static_cast<double>(count) >= static_cast<double>(std::int64_t{1} << 27);
}

bool library_convolves(Preference preference, const ConvShape& s) {
  if (preference != Preference::automatic) return preference == Preference::library;
  // The library's kernels take channels in groups of 16 and more; packing the weights costs a launch.
  if (s.groups != 1 || s.channels < 16 || s.filters < 16) return false;
  const double pixels = static_cast<double>(s.images) * static_cast<double>(s.pixels());
  const double work = pixels * static_cast<double>(s.filters) * static_cast<double>(s.depth());
  return work >= static_cast<double>(std::int64_t{1} << 29);
}

}  // namespace carom::cuda
