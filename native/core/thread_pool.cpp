#include "core/thread_pool.h"

#include "core/affinity.h"
#include "core/wait.h"

namespace carom {

void Barrier::arrive() {
  const std::uint32_t generation = generation_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
    arrived_.store(0, std::memory_order_relaxed);
    generation_.store(generation + 1, std::memory_order_release);
    generation_.notify_all();
    return;
  }
  wait_while(generation_, generation);
}

struct ThreadPool::Region {
  Region(const Job& a_job, int a_size, int workers)
      : job(a_job), size(a_size), barrier(a_size), pending(static_cast<std::uint32_t>(workers)) {}

  const Job job;
  const int size;
  Barrier barrier;
  alignas(64) std::atomic<std::uint32_t> pending;  // workers that have not finished

  void run_rank(int rank) { job.body(job.context, rank, size, barrier); }
};

struct alignas(64) ThreadPool::Worker {
  std::atomic<std::uint32_t> ticket{0};  // one more for each region handed over
  Region* region = nullptr;              // null: stop
  int rank = 0;
  std::thread thread;
};

ThreadPool::ThreadPool(int threads) {
  try {
    for (int i = 1; i < threads; ++i) add_worker();
  } catch (...) {
    stop_workers();
    throw;
  }
}

ThreadPool::~ThreadPool() {
  wait();
  stop_workers();
}

void ThreadPool::add_worker() {
  workers_.push_back(std::make_unique<Worker>());
  Worker& worker = *workers_.back();
  worker.thread = std::thread([this, &worker] { serve(worker); });
}

void ThreadPool::stop_workers() {
  for (auto& worker : workers_) {
    if (!worker->thread.joinable()) continue;
    worker->region = nullptr;
    worker->ticket.fetch_add(1, std::memory_order_release);
    worker->ticket.notify_one();
    worker->thread.join();
  }
  workers_.clear();
}

void ThreadPool::serve(Worker& worker) {
  for (std::uint32_t seen = 0;; ++seen) {
    wait_while(worker.ticket, seen);
    Region* region = worker.region;
    if (region == nullptr) return;
    region->run_rank(worker.rank);
    finish(*region);
  }
}

void ThreadPool::finish(Region& region) {
  if (region.pending.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  completions_.fetch_add(1, std::memory_order_release);
  completions_.notify_all();
}

void ThreadPool::clear_callers_cpu() {
  const int cpu = current_cpu();
  if (cpu == callers_cpu_) return;
  callers_cpu_ = cpu;
  for (auto& worker : workers_) keep_off_cpu(worker->thread, cpu);
}

void ThreadPool::dispatch(Region& region, int first_rank) {
  if (first_rank < region.size) clear_callers_cpu();
  for (int rank = first_rank; rank < region.size; ++rank) {
    Worker& worker = *workers_[static_cast<std::size_t>(rank - first_rank)];
    worker.region = &region;
    worker.rank = rank;
    worker.ticket.fetch_add(1, std::memory_order_release);
    worker.ticket.notify_one();
  }
}

void ThreadPool::run(const Job& job, int size) {
  Region region(job, size, size - 1);
  const std::uint32_t before = completions_.load(std::memory_order_relaxed);
  dispatch(region, 1);
  region.run_rank(0);
  if (size > 1) wait_while(completions_, before);
}

void ThreadPool::start(const Job& job) {
  const int size = background_size();
  const int workers = workers_.empty() ? 0 : size;
  running_ = std::make_unique<Region>(job, size, workers);
  completions_at_start_ = completions_.load(std::memory_order_relaxed);
  dispatch(*running_, workers == 0 ? size : 0);
  if (workers > 0) return;
  running_->run_rank(0);
  completions_.fetch_add(1, std::memory_order_relaxed);
}

bool ThreadPool::done() const {
  return running_ == nullptr ||
         completions_.load(std::memory_order_acquire) != completions_at_start_;
}

void ThreadPool::wait() {
  if (running_ == nullptr) return;
  wait_while(completions_, completions_at_start_);
  running_.reset();
}

}  // namespace carom
