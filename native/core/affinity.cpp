#include "core/affinity.h"

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif

namespace carom {

#if defined(__linux__)

int current_cpu() { return sched_getcpu(); }

void keep_off_cpu(std::thread& thread, int cpu) {
  // Process 0 is the calling thread, whose mask is what the process was given.
  cpu_set_t allowed;
  if (cpu < 0 || cpu >= CPU_SETSIZE || sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  CPU_CLR(static_cast<unsigned>(cpu), &allowed);
  if (CPU_COUNT(&allowed) == 0) return;
  pthread_setaffinity_np(thread.native_handle(), sizeof allowed, &allowed);
}

#else

int current_cpu() { return -1; }
void keep_off_cpu(std::thread&, int) {}

#endif

}  // namespace carom
