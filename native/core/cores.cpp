#include "core/cores.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>

namespace carom {
namespace {

/// The first line of a file; empty where there is none.
std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// The limit of a group of version 2 and of those that it lies in.
std::optional<int> quota_along(std::string group) {
  std::optional<int> least;
  for (;;) {
    const auto cores = cores_of_quota(first_line("/sys/fs/cgroup" + group + "/cpu.max"));
    if (cores) least = std::min(*cores, least.value_or(*cores));
    const auto slash = group.rfind('/');
    if (slash == std::string::npos) return least;
    group.resize(slash);
  }
}

/// The limit of the control group that this process is in.
std::optional<int> quota() {
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    // "0::/a/b" is the group of version 2.
    if (line.starts_with("0::/")) {
      if (const auto cores = quota_along(line.substr(3))) return cores;
    }
  }
  const std::string folder = "/sys/fs/cgroup/cpu/";  // version 1, as a container sees it
  return cores_of_quota(first_line(folder + "cpu.cfs_quota_us") + " " +
                        first_line(folder + "cpu.cfs_period_us"));
}

}  // namespace

std::optional<int> cores_of_quota(std::string_view text) {
  std::int64_t time = 0;
  std::int64_t period = 0;
  const char* const end = text.data() + text.size();
  const auto [after, problem] = std::from_chars(text.data(), end, time);
  if (problem != std::errc() || after == end || *after != ' ') return std::nullopt;
  if (std::from_chars(after + 1, end, period).ec != std::errc()) return std::nullopt;
  if (time <= 0 || period <= 0) return std::nullopt;
  return static_cast<int>(std::min<std::int64_t>(1'000'000, (time - 1) / period + 1));
}

int usable_cores() {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return std::min(cores, quota().value_or(cores));
}

}  // namespace carom
