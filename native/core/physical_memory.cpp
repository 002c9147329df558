#include "core/physical_memory.h"

#include <unistd.h>

#include <limits>

namespace carom {
namespace {

std::size_t bytes_of_pages(long pages) {
  const long page = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return std::numeric_limits<std::size_t>::max() / 2;
  return static_cast<std::size_t>(pages) * static_cast<std::size_t>(page);
}

}  // namespace

std::size_t physical_memory() { return bytes_of_pages(sysconf(_SC_PHYS_PAGES)); }

std::size_t available_memory() {
#if defined(_SC_AVPHYS_PAGES)
  return bytes_of_pages(sysconf(_SC_AVPHYS_PAGES));
#else
  return bytes_of_pages(-1);
#endif
}

}  // namespace carom
