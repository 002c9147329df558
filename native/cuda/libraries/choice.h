// Who computes a product or a convolution: our kernels or NVIDIA's library. The choice depends on the
// shape and on what the user set, never on timing, so that a run can be repeated.
#pragma once

#include <cstdint>
#include <string>

#include "ops/conv2d.h"

namespace carom::cuda {

/// What the user wants: `automatic` leaves it to the shape.
enum class Preference { automatic, own, library };

/// "auto" (or nothing), "own" or "library", the value of the environment variable `variable`. Throws
/// INVALID_ARGUMENT for anything else.
Preference read_preference(const std::string& variable, const std::string& value);

/// `count` products of [m, k] and [k, n].
bool library_multiplies(Preference preference, std::int64_t m, std::int64_t n, std::int64_t k,
                        std::int64_t count);

/// A convolution, or its gradients.
bool library_convolves(Preference preference, const ConvShape& shape);

}  // namespace carom::cuda
