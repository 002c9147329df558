#include "ops/gather.h"

#include <cstring>

#include "core/fault.h"
#include "cpu/isa.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// Neighbouring lines along the last of their dimensions.
struct Lines {
  std::byte* table;
  std::byte* list;
  const std::int32_t* index;
  std::int64_t position;  // of the first line's first index
  std::int64_t count;
};

struct Steps {
  std::int64_t table, list, index, position;
};

CAROM_INLINE Steps last_steps(const GatherParams& p) {
  const int last = p.rank - 1;
  return {p.table_strides[last], p.list_strides[last], p.index_strides[last],
          p.position_strides[last]};
}

template <class T>
CAROM_INLINE Lines lines_at(const GatherParams& p, std::int64_t first, std::int64_t end) {
  std::int64_t table = 0, list = 0, index = 0, position = 0, rest = first;
  for (int d = p.rank - 1; d >= 0; --d) {
    const std::int64_t i = rest % p.shape[d];
    rest /= p.shape[d];
    table += i * p.table_strides[d];
    list += i * p.list_strides[d];
    index += i * p.index_strides[d];
    position += i * p.position_strides[d];
  }
  const std::int64_t row = p.shape[p.rank - 1];
  const std::int64_t left = row - first % row;
  return {p.table + table * static_cast<std::int64_t>(sizeof(T)),
          p.list + list * static_cast<std::int64_t>(sizeof(T)), p.index + index, position,
          left < end - first ? left : end - first};
}

/// Moves one element or run: table to list, or list added to table.
struct Take {
  static constexpr const char* kName = "gather";
  template <class T>
  static CAROM_INLINE void one(T* table, T* list) {
    *list = *table;
  }
  template <class T>
  static CAROM_INLINE void run(T* table, T* list, std::int64_t count) {
    std::memcpy(list, table, static_cast<std::size_t>(count) * sizeof(T));
  }
};

struct Add {
  static constexpr const char* kName = "scatterAdd";
  template <class T>
  static CAROM_INLINE void one(T* table, T* list) {
    *table = static_cast<T>(*table + *list);
  }
  template <class T>
  static CAROM_INLINE void run(T* table, T* list, std::int64_t count) {
#pragma GCC ivdep
    for (std::int64_t j = 0; j < count; ++j) table[j] = static_cast<T>(table[j] + list[j]);
  }
};

template <class Move>
CAROM_INLINE bool check(const GatherParams& p, const Team& team, std::int64_t position,
                        std::int64_t at) {
  if (at >= 0 && at < p.table_size) return true;
  team.fault->raise(Move::kName, position, at, p.table_size);
  return false;
}

/// The index is the same for all lines of the run, which are dense: whole rows move.
template <class Move, class T>
void move_rows(const GatherParams& p, const Team& team, const Lines& at) {
  T* table = reinterpret_cast<T*>(at.table);
  T* list = reinterpret_cast<T*>(at.list);
  for (std::int64_t i = 0; i < p.count; ++i) {
    const std::int64_t to = at.index[i * p.index_step];
    if (!check<Move>(p, team, at.position + i * p.position_step, to)) continue;
    Move::run(table + to * p.table_step, list + i * p.list_step, at.count);
  }
}

template <class Move, class T>
CAROM_INLINE void move_one(const GatherParams& p, const Team& team, const Lines& at,
                           const Steps& step, std::int64_t i, std::int64_t j) {
  const std::int64_t to = at.index[i * p.index_step + j * step.index];
  if (!check<Move>(p, team, at.position + i * p.position_step + j * step.position, to)) return;
  Move::one(reinterpret_cast<T*>(at.table) + to * p.table_step + j * step.table,
            reinterpret_cast<T*>(at.list) + i * p.list_step + j * step.list);
}

template <class Move, class T>
void move_all(const GatherParams& p, const Team& team) {
  const Range mine = team.share(p.lines, 16);
  const Steps step = last_steps(p);
  const bool rows = step.index == 0 && step.table == 1 && step.list == 1;
  const bool along_axis = p.list_step == 1;
  for (std::int64_t line = mine.begin; line < mine.end;) {
    const Lines at = lines_at<T>(p, line, mine.end);
    line += at.count;
    if (rows) {
      move_rows<Move, T>(p, team, at);
    } else if (along_axis) {
      for (std::int64_t j = 0; j < at.count; ++j) {
        for (std::int64_t i = 0; i < p.count; ++i) move_one<Move, T>(p, team, at, step, i, j);
      }
    } else {
      for (std::int64_t i = 0; i < p.count; ++i) {
        for (std::int64_t j = 0; j < at.count; ++j) move_one<Move, T>(p, team, at, step, i, j);
      }
    }
  }
}

}  // namespace

void gather(const GatherParams& p, const Team& team) {
  switch (p.dtype) {
    case DType::float32:
    case DType::int32: return move_all<Take, std::uint32_t>(p, team);
    case DType::float64: return move_all<Take, std::uint64_t>(p, team);
    case DType::uint8:
    case DType::boolean: return move_all<Take, std::uint8_t>(p, team);
  }
}

void scatter_add(const GatherParams& p, const Team& team) {
  if (p.dtype == DType::float64) return move_all<Add, double>(p, team);
  if (p.dtype == DType::int32) return move_all<Add, std::uint32_t>(p, team);
  return move_all<Add, float>(p, team);
}

}  // namespace carom::cpu::CAROM_ISA
