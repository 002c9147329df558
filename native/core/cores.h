// How many processors this process may use.
#pragma once

#include <optional>
#include <string_view>

namespace carom {

/// Processors for the threads of a device: those that the system lets this process run on, and no more than
/// its control group gives time for (a container with two processors' time on a machine of 64). At least 1.
int usable_cores();

/// Processors that a control group gives time for, rounded up, by its `cpu.max` ("150000 100000", microseconds
/// of each period); nothing where it has no limit or the text is none.
std::optional<int> cores_of_quota(std::string_view text);

}  // namespace carom
