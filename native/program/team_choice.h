// How many threads replay a program: all of them, or fewer where other programs want the processors.
//
// Threads that meet after every op wait for the slowest of them, and one whose processor another program has
// taken comes a time slice late, so that two threads can be slower than one. The same program does the same
// work every time, so its own times tell: where they become much longer than they can be, half of the team is
// tried, and from time to time the double of it. Results do not depend on the choice.
#pragma once

#include <vector>

namespace carom {

class TeamChoice {
 public:
  /// The first runs have `largest` threads. A smaller team is taken if it needs the share `smaller` of the present
  /// one's time at most: the less, the more of what is measured is something else than the runs.
  TeamChoice(int largest, double smaller);

  /// Threads for the next run.
  int size() const { return levels_[static_cast<std::size_t>(trying() ? tried_ : level_)].size; }

  /// Takes what that run took, in seconds.
  void took(double seconds);

 private:
  struct Level {
    int size = 1;
    double best = 0;  // the shortest run, in seconds; 0: none yet
  };

  bool trying() const { return tried_ >= 0; }
  void consider();
  void judge();

  const double smaller_;
  std::vector<Level> levels_;  // from the largest team to 1
  int level_ = 0;
  int tried_ = -1;       // the level that is being tried; -1: none
  int down_ = 1;         // levels from this one to the smaller one that is tried next
  int up_ = 1;           // and to the larger one
  bool up_next_ = true;  // whether a larger team is tried next, where both could be

  // Of the runs that are being looked at: with the team of `level_`, or with that of `tried_`.
  int runs_ = 0;
  double took_ = 0;

  int disturbed_ = 0;  // looks, one after the other, at which the whole team was disturbed
  double mean_ = 0;    // of the runs that were looked at last with the team of `level_`
  double since_ = 0;   // seconds of runs since the last attempt
  double patience_;    // seconds of runs before the next one
};

}  // namespace carom
