// A pool of worker threads that run one job at a time as a team.
// run(): the caller is rank 0 and the workers are the others. start(): the workers alone form the
// team while the caller goes on; until wait(), run() has only the caller.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace carom {

/// All ranks of a team meet here; reusable.
class Barrier {
 public:
  explicit Barrier(int size) : size_(static_cast<std::uint32_t>(size)) {}
  void arrive();

 private:
  const std::uint32_t size_;
  alignas(64) std::atomic<std::uint32_t> arrived_{0};
  alignas(64) std::atomic<std::uint32_t> generation_{0};
};

/// One parallel region. `body(context, rank, size, barrier)` is called once per rank and does not
/// throw.
struct Job {
  void (*body)(void* context, int rank, int size, Barrier& barrier);
  void* context;
};

class ThreadPool {
 public:
  /// `threads` counts the caller: threads - 1 workers are started.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }
  /// The largest team that run() can form now.
  int available() const { return running_ ? 1 : threads(); }
  /// Runs `job` on a team of `size` (at most available()) and returns when every rank is done.
  void run(const Job& job, int size);

  /// Size of the team that start() forms.
  int background_size() const { return threads() > 1 ? threads() - 1 : 1; }
  /// Runs `job` on the workers alone; without workers it runs at once on the caller.
  void start(const Job& job);
  bool running() const { return running_ != nullptr; }
  bool done() const;
  void wait();

 private:
  struct Region;
  struct Worker;
  void add_worker();
  void stop_workers();
  void clear_callers_cpu();
  void dispatch(Region& region, int first_rank);
  void serve(Worker& worker);
  void finish(Region& region);

  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Region> running_;
  int callers_cpu_ = -1;  // the processor that the workers were last told to keep off
  /// Counts regions whose workers are all done. It belongs to the pool, not to a region, because
  /// the last worker still touches it after the waiting caller may have gone on.
  alignas(64) std::atomic<std::uint32_t> completions_{0};
  std::uint32_t completions_at_start_ = 0;
};

}  // namespace carom
