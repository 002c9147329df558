// Where threads run. Some kernels leave two busy threads on one core beside an idle one for
// seconds, when one woke the other; at a barrier each then waits for the other's time slice.
#pragma once

#include <thread>

namespace carom {

/// The processor that the calling thread runs on; -1 where the system does not tell.
int current_cpu();

/// Lets `thread` run on every processor that this process may use, except `cpu`. Does nothing where
/// that leaves none, or where the system does not support it.
void keep_off_cpu(std::thread& thread, int cpu);

}  // namespace carom
