#include "program/schedule.h"

#include <algorithm>

namespace carom {
namespace {

/// Below this much work a phase runs on one rank: a barrier costs about as much as sharing it saves.
constexpr double kSoloNanoseconds = 1500;
constexpr int kTeam = -1;
constexpr int kSeveral = -2;
constexpr int kNobody = -3;

struct Pending {
  Access access;
  int rank;
};

/// Both are shared out by rows, and row r of one can only meet row r of the other.
bool same_rows(const Access& a, const Access& b) {
  if (a.rows == 0 || a.rows != b.rows || a.row_stride != b.row_stride) return false;
  const std::byte* begin = std::min(a.begin, b.begin);
  return std::max(a.end, b.end) - begin <= a.rows * a.row_stride;
}

bool conflict(const Access& a, const Access& b, bool both_team) {
  if (!a.write && !b.write) return false;
  if (a.begin >= b.end || b.begin >= a.end) return false;
  return !(both_team && same_rows(a, b));
}

/// Builds the list for one team; `pending_` holds what was touched since the last barrier.
class Scheduler {
 public:
  explicit Scheduler(int team_size) : load_(static_cast<std::size_t>(team_size), 0.0) {}

  void add(int step, int phase, const Step& description) {
    const auto& accesses = description.accesses[static_cast<std::size_t>(phase)];
    const double work = description.plan.phases[phase].nanoseconds;
    const bool solo = load_.size() == 1 || work < kSoloNanoseconds;
    bool barrier = false;
    int rank = kTeam;
    const int owner = conflicting_owner(accesses, solo);
    if (solo) {
      barrier = owner == kTeam || owner == kSeveral;
      rank = barrier || owner == kNobody ? least_loaded(barrier) : owner;
    } else {
      barrier = owner != kNobody;
    }
    if (barrier) clear();
    if (rank >= 0) load_[static_cast<std::size_t>(rank)] += work;
    for (const Access& access : accesses) pending_.push_back({access, rank});
    schedule_.push_back({step, phase, rank, barrier});
  }

  Schedule take() { return std::move(schedule_); }

 private:
  /// Who touched conflicting memory: nobody, one rank, the team, or several of these.
  int conflicting_owner(const std::vector<Access>& accesses, bool solo) const {
    if (load_.size() == 1) return kNobody;
    int owner = kNobody;
    for (const Access& access : accesses) {
      for (const Pending& other : pending_) {
        if (!conflict(access, other.access, !solo && other.rank == kTeam)) continue;
        if (owner == kNobody) owner = other.rank;
        if (owner != other.rank) return kSeveral;
      }
    }
    return owner;
  }

  int least_loaded(bool after_barrier) const {
    if (after_barrier) return 0;
    return static_cast<int>(std::min_element(load_.begin(), load_.end()) - load_.begin());
  }

  void clear() {
    pending_.clear();
    std::fill(load_.begin(), load_.end(), 0.0);
  }

  std::vector<double> load_;
  std::vector<Pending> pending_;
  Schedule schedule_;
};

}  // namespace

Schedule make_schedule(const std::vector<Step>& steps, int team_size) {
  Scheduler scheduler(team_size);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (int phase = 0; phase < steps[i].plan.phase_count; ++phase) {
      scheduler.add(static_cast<int>(i), phase, steps[i]);
    }
  }
  return scheduler.take();
}

}  // namespace carom
