#include "program/cpu_backend.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>

#include "core/physical_memory.h"
#include "core/thread_pool.h"
#include "program/executor.h"
#include "program/schedule.h"
#include "program/team_choice.h"

namespace carom {
namespace {

constexpr std::size_t kAlignment = 64;
/// What it costs to wake other threads, and to bring them together between two stages.
constexpr double kWakeNanoseconds = 4000;
constexpr double kStageNanoseconds = 2000;

double nanoseconds_of(const std::vector<Step>& steps) {
  double work = 0;
  for (const Step& step : steps) {
    for (int phase = 0; phase < step.plan.phase_count; ++phase) {
      work += step.plan.phases[phase].nanoseconds;
    }
  }
  return work;
}

/// One schedule per team size, made when it is first needed.
class CpuReplay : public Replay {
 public:
  CpuReplay(ThreadPool& pool, Isa isa, const std::vector<Step>& steps, Fault& fault)
      : pool_(pool), isa_(isa), steps_(steps), fault_(fault) {}

  void run() override {
    const int largest = worthwhile_size(pool_.available());
    if (largest == 1) {
      pool_.run(prepare(1).run.job(), 1);
      return;
    }
    if (!team_) team_.emplace(largest, 0.92);
    const int size = team_->size();
    const Job job = prepare(size).run.job();
    const Clock::time_point began = Clock::now();
    pool_.run(job, size);
    team_->took(seconds_since(began));
  }

  /// With the caller, as if it were one more thread, the workers are a team that can be disturbed, too.
  void start() override {
    const bool is_aside = place_.size() > 1;
    const Job job = prepare(is_aside ? pool_.background_size() : 1).run.job();
    started_ = Clock::now();
    if (is_aside) {
      pool_.start(job);
    } else {
      pool_.run(job, 1);
    }
  }
  void wait() override {
    pool_.wait();
    if (started_) place_.took(seconds_since(*started_));
    started_.reset();
  }

 private:
  struct Prepared {
    Schedule schedule;
    ProgramRun run;
  };

  using Clock = std::chrono::steady_clock;

  static double seconds_since(Clock::time_point began) {
    return std::chrono::duration<double>(Clock::now() - began).count();
  }

  Prepared& prepare(int team_size) {
    auto found = prepared_.find(team_size);
    if (found == prepared_.end()) {
      found = prepared_.emplace(team_size, Prepared{make_schedule(steps_, team_size), {}}).first;
      found->second.run = {&steps_, &found->second.schedule, &fault_, isa_};
    }
    return found->second;
  }

  /// The team for which this program is worth it: `available`, or 1 if it is short.
  int worthwhile_size(int available) {
    if (available == 1) return 1;
    const auto found = sizes_.find(available);
    if (found != sizes_.end()) return found->second;
    const double work = nanoseconds_of(steps_);
    const auto stages = static_cast<double>(prepare(available).schedule.size());
    const bool shared = work / available + kWakeNanoseconds + kStageNanoseconds * stages < work;
    return sizes_[available] = shared ? available : 1;
  }

  ThreadPool& pool_;
  const Isa isa_;
  const std::vector<Step>& steps_;
  Fault& fault_;
  std::map<int, Prepared> prepared_;
  std::map<int, int> sizes_;
  std::optional<TeamChoice> team_;
  /// Whether start() leaves the program to the workers (2) or runs it on the caller (1), by what it takes until
  /// wait() returns.
  TeamChoice place_{2, 0.6};
  std::optional<Clock::time_point> started_;
};

class CpuBackend : public Backend {
 public:
  CpuBackend(int threads, Isa isa) : isa_(isa), pool_(threads) {}

  BackendFacts facts() const override { return {"cpu", isa_name(isa_), "", pool_.threads()}; }

  std::byte* allocate(std::size_t bytes) override {
    return static_cast<std::byte*>(std::aligned_alloc(kAlignment, bytes));
  }
  void release(std::byte* data) override { std::free(data); }
  std::size_t capacity() const override { return physical_memory(); }
  std::size_t available() const override { return available_memory(); }

  void write(std::byte* target, const std::byte* source, std::size_t bytes) override {
    std::memmove(target, source, bytes);
  }
  void read(std::byte* target, const std::byte* source, std::size_t bytes) override {
    std::memmove(target, source, bytes);
  }
  std::byte* adopt(std::byte* data, std::size_t) override { return data; }
  void disown(std::byte*) override {}

  void run(const StepView& step, Fault& fault) override { run_step(pool_, isa_, step, fault); }
  void finish() override { pool_.wait(); }
  std::unique_ptr<Replay> prepare(const std::vector<Step>& steps, Fault& fault) override {
    return std::make_unique<CpuReplay>(pool_, isa_, steps, fault);
  }

 private:
  const Isa isa_;
  ThreadPool pool_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend(int threads, Isa isa) {
  return std::make_unique<CpuBackend>(threads, isa);
}

}  // namespace carom
