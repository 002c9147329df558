#include "program/team_choice.h"

#include <algorithm>

namespace carom {
namespace {

/// A team is judged by runs of so many seconds: ten time slices of other programs, however short a run is.
constexpr double kLook = 0.05;
constexpr int kLeastRuns = 16;
/// But not longer than this, where a run is long.
constexpr double kLongLook = 1;
/// A team is disturbed when its runs take so many times as long as they can.
constexpr double kDisturbed = 1.5;
/// A disturbance of so many looks, one after the other, is none that passes at once.
constexpr int kDisturbedLooks = 3;
/// A larger team is taken if it needs this share of the present one's time at most.
constexpr double kLarger = 0.95;
/// One whose first runs take so many times as long as those of the present team is not looked at to the end.
constexpr double kHopeless = 4;
constexpr int kHopelessRuns = 4;
/// Seconds of runs between attempts: at first, and after several that failed. These are so many times as long as the
/// last attempt at least.
constexpr double kPatience = 0.1;
constexpr double kMostPatience = 4;
constexpr double kAttempts = 20;
/// Seconds of runs after which an undisturbed team is compared with a smaller one all the same.
constexpr double kCheck = 30;

}  // namespace

TeamChoice::TeamChoice(int largest, double smaller) : smaller_(smaller), patience_(kPatience) {
  for (int size = std::max(1, largest); size > 1; size /= 2) levels_.push_back({size});
  levels_.push_back({1});
}

void TeamChoice::took(double seconds) {
  Level& level = levels_[static_cast<std::size_t>(trying() ? tried_ : level_)];
  level.best = level.best == 0 ? seconds : std::min(level.best, seconds);
  ++runs_;
  took_ += seconds;
  if (!trying()) since_ += seconds;
  const bool is_hopeless = trying() && runs_ >= kHopelessRuns && took_ > kHopeless * mean_ * runs_;
  const bool is_enough = took_ >= kLongLook || (took_ >= kLook && runs_ >= kLeastRuns);
  if (!is_enough && !is_hopeless) return;
  if (trying()) {
    judge();
  } else {
    mean_ = took_ / runs_;
    consider();
  }
  runs_ = 0;
  took_ = 0;
}

/// Whether it is time to try a larger or a smaller team.
void TeamChoice::consider() {
  disturbed_ = mean_ > kDisturbed * levels_[0].best ? disturbed_ + 1 : 0;
  if (since_ < patience_) return;
  const int smaller = static_cast<int>(levels_.size()) - 1 - level_;
  if (level_ == 0) {
    const bool is_disturbed = disturbed_ >= kDisturbedLooks;
    if (smaller > 0 && (is_disturbed || since_ >= std::max(kCheck, 2 * patience_))) tried_ = down_;
  } else {
    tried_ = up_next_ || smaller == 0 ? level_ - std::min(up_, level_) : level_ + down_;
    up_next_ = !up_next_;
  }
  if (tried_ > level_) down_ = down_ % smaller + 1;
  if (trying() && tried_ < level_) up_ = up_ % level_ + 1;
}

/// Takes the team that was tried, or stays.
void TeamChoice::judge() {
  const double mean = took_ / runs_;
  if (mean < (tried_ > level_ ? smaller_ : kLarger) * mean_) {
    level_ = tried_;
    mean_ = mean;
    disturbed_ = 0;
    down_ = 1;
    up_ = 1;
    patience_ = kPatience;
  } else {
    patience_ = std::max(std::min(2 * patience_, kMostPatience), kAttempts * took_);
  }
  tried_ = -1;
  since_ = 0;
}

}  // namespace carom
