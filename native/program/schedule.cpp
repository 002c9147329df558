#include "program/schedule.h"

#include <algorithm>
#include <limits>

namespace carom {
namespace {

/// Below this much work a phase that is not row-wise runs on one rank: a barrier costs what sharing
/// saves.
constexpr double kSoloNanoseconds = 1500;
constexpr int kTeam = -1;
constexpr std::int64_t kNotByRows = 0;

/// Both are shared out by rows, and row r of one can only meet row r of the other.
bool same_rows(const Access& a, const Access& b) {
  if (a.rows == kNotByRows || a.rows != b.rows || a.row_stride != b.row_stride) return false;
  const std::byte* begin = std::min(a.begin, b.begin);
  return std::max(a.end, b.end) - begin <= a.rows * a.row_stride;
}

bool overlap(const Access& a, const Access& b) {
  return (a.write || b.write) && a.begin < b.end && b.begin < a.end;
}

enum class Dependence { none, by_rows, full };

Dependence dependence(const std::vector<Access>& a, const std::vector<Access>& b) {
  Dependence result = Dependence::none;
  for (const Access& x : a) {
    for (const Access& y : b) {
      if (!overlap(x, y)) continue;
      if (!same_rows(x, y)) return Dependence::full;
      result = Dependence::by_rows;
    }
  }
  return result;
}

struct Node {
  PhaseId id;
  const std::vector<Access>* accesses;
  double work;
  std::int64_t rows;  // > 0: row-wise
  int rank = kTeam;
  int stage = 0;
};

struct Edge {
  std::size_t from, to;
  Dependence kind;
};

class Scheduler {
 public:
  Scheduler(const std::vector<Step>& steps, int team_size) : team_size_(team_size) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      for (int phase = 0; phase < steps[i].plan.phase_count; ++phase)
        add(static_cast<int>(i), phase, steps[i]);
    }
    delay_row_wise();
  }

  Schedule build() const {
    int stages = 0;
    for (const Node& node : nodes_) stages = std::max(stages, node.stage + 1);
    Schedule schedule(static_cast<std::size_t>(stages));
    for (Stage& stage : schedule) stage.solo.resize(static_cast<std::size_t>(team_size_));
    for (const Node& node : nodes_) place(node, schedule[static_cast<std::size_t>(node.stage)]);
    return schedule;
  }

 private:
  void add(int step, int phase, const Step& description) {
    const Phase& plan = description.plan.phases[phase];
    const auto& accesses = description.accesses[static_cast<std::size_t>(phase)];
    Node node{{step, phase},
              &accesses,
              plan.nanoseconds,
              plan.use.by_rows != 0 ? plan.use.row_count : kNotByRows};
    const bool solo = node.rows == kNotByRows && (team_size_ == 1 || node.work < kSoloNanoseconds);
    // The latest stage among what it depends on, and whether it may join that stage.
    int latest = -1, owner = kTeam;
    bool joins = true;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const Node& other = nodes_[i];
      const Dependence kind = dependence(accesses, *other.accesses);
      if (kind == Dependence::none) continue;
      edges_.push_back({i, nodes_.size(), kind});
      if (other.stage < latest) continue;
      if (other.stage > latest) joins = true, owner = other.rank;
      latest = other.stage;
      if (solo) joins = joins && other.rank != kTeam && other.rank == owner;
      else joins = joins && kind == Dependence::by_rows && other.rows == node.rows;
    }
    node.stage = latest < 0 ? 0 : joins ? latest : latest + 1;
    if (solo) {
      const bool follows = latest >= 0 && joins;
      node.rank = follows ? owner : least_loaded(node.stage);
      load(node.stage)[static_cast<std::size_t>(node.rank)] += node.work;
    }
    nodes_.push_back(node);
  }

  /// Work of the solo phases of a stage, per rank.
  std::vector<double>& load(int stage) {
    while (static_cast<int>(loads_.size()) <= stage)
      loads_.emplace_back(static_cast<std::size_t>(team_size_), 0.0);
    return loads_[static_cast<std::size_t>(stage)];
  }

  int least_loaded(int stage) {
    const std::vector<double>& loads = load(stage);
    return static_cast<int>(std::min_element(loads.begin(), loads.end()) - loads.begin());
  }

  /// Moves row-wise phases to the stage of the row-wise phases that use their results, where
  /// nothing forbids it.
  void delay_row_wise() {
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      Node& node = nodes_[i];
      if (node.rows == kNotByRows) continue;
      const auto together = [&](const Edge& edge) {
        return edge.kind == Dependence::by_rows && nodes_[edge.to].rows == node.rows;
      };
      int limit = std::numeric_limits<int>::max(), wish = -1;
      for (const Edge& edge : edges_) {
        if (edge.from != i) continue;
        const int stage = nodes_[edge.to].stage;
        limit = std::min(limit, together(edge) ? stage : stage - 1);
        if (together(edge)) wish = std::max(wish, stage);
      }
      if (wish >= limit && limit > node.stage) node.stage = limit;
    }
  }

  static void place(const Node& node, Stage& stage) {
    if (node.rows != kNotByRows) {
      for (Chain& chain : stage.chains) {
        if (chain.rows == node.rows) return chain.phases.push_back(node.id);
      }
      stage.chains.push_back({node.rows, {node.id}});
    } else if (node.rank == kTeam) {
      stage.team.push_back(node.id);
    } else {
      stage.solo[static_cast<std::size_t>(node.rank)].push_back(node.id);
    }
  }

  const int team_size_;
  std::vector<Node> nodes_;
  std::vector<Edge> edges_;
  std::vector<std::vector<double>> loads_;
};

}  // namespace

Schedule make_schedule(const std::vector<Step>& steps, int team_size) {
  return Scheduler(steps, team_size).build();
}

}  // namespace carom
