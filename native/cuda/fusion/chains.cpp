#include "cuda/fusion/chains.h"

#include <cstdlib>
#include <optional>
#include <string_view>

#include "cuda/fusion/memory_rule.h"
#include "ops/linear_backward.h"

namespace carom::cuda {
namespace {

using Kind = Use::Kind;

/// The parameters of a step, or null when it has another kernel.
template <class Params>
const Params* params_of(const std::vector<Step>& steps, std::size_t at, std::string_view kernel) {
  if (at >= steps.size() || kernel != steps[at].op->kernel_name) return nullptr;
  return reinterpret_cast<const Params*>(steps[at].params.data());
}

bool plain(const GemmParams& p) {
  return !p.accumulate && p.bias == nullptr && p.activation == Activation::none;
}

bool between(std::int64_t value, std::int64_t least, std::int64_t most) {
  return value >= least && value <= most;
}

const float* end_of(const float* data, std::int64_t rows, std::int64_t columns,
                    std::int64_t stride) {
  return data + (rows - 1) * stride + columns;
}

/// Of rows that a tile walks.
template <class T>
Use rows_use(std::size_t step, Kind kind, const TileRows<T>& rows, std::int64_t count,
             std::int64_t columns) {
  return {step, kind, rows.data, end_of(rows.data, count, columns, rows.stride), rows.stride};
}

Use weights_use(std::size_t step, const Weights& weights, std::int64_t outputs,
                std::int64_t inputs) {
  const float* last = weights.data + (outputs - 1) * weights.out + (inputs - 1) * weights.in;
  return {step, Kind::read, weights.data, last + 1};
}

// --- forward

std::optional<ForwardLayer> forward_layer(const GemmParams& p) {
  const bool dense = p.a_col == 1 && p.a_row >= p.k && p.c_row >= p.n && p.b_row > 0 && p.b_col > 0;
  if (p.accumulate || !dense) return {};
  if (!between(p.k, 1, kWidestForward) || !between(p.n, 1, kWidestForward)) return {};
  return ForwardLayer{static_cast<int>(p.k), static_cast<int>(p.n), {p.b, p.b_col, p.b_row}, p.bias,
                      {p.c, p.c_row},        p.activation};
}

/// The longest chain from `first` on, whether it may be fused or not.
ForwardChain forward_from(const std::vector<Step>& steps, std::size_t first) {
  ForwardChain chain{};
  for (std::size_t at = first; chain.layers < kMaxLayers; ++at) {
    const GemmParams* p = params_of<GemmParams>(steps, at, "gemm");
    const std::optional<ForwardLayer> layer = p ? forward_layer(*p) : std::nullopt;
    if (!layer) break;
    if (chain.layers == 0) {
      chain.rows = p->m;
      chain.x = {p->a, p->a_row};
    } else {
      const ForwardLayer& before = chain.layer[chain.layers - 1];
      const bool linked = p->m == chain.rows && layer->inputs == before.outputs &&
                          p->a == before.y.data && p->a_row == before.y.stride;
      if (!linked) break;
    }
    chain.layer[chain.layers++] = *layer;
  }
  return chain;
}

std::vector<Use> uses_of(const ForwardChain& chain) {
  std::vector<Use> uses;
  for (int l = 0; l < chain.layers; ++l) {
    const ForwardLayer& layer = chain.layer[l];
    const auto step = static_cast<std::size_t>(l);
    if (l == 0) {
      uses.push_back(rows_use(step, Kind::read, chain.x, chain.rows, layer.inputs));
    } else {
      uses.push_back(rows_use(step, Kind::read, chain.layer[l - 1].y, chain.rows, layer.inputs));
      uses.back().source = step - 1;
    }
    uses.push_back(weights_use(step, layer.weights, layer.outputs, layer.inputs));
    if (layer.bias != nullptr) {
      uses.push_back({step, Kind::read, layer.bias, layer.bias + layer.outputs});
    }
    uses.push_back(rows_use(step, Kind::write, layer.y, chain.rows, layer.outputs));
  }
  return uses;
}

// --- backward

/// A layer's steps and where they are.
struct Group {
  BackwardLayer layer{};
  TileRows<const float> dy{};
  std::int64_t rows = 0;
  std::size_t first = 0, end = 0;  // steps
  std::size_t dx = kNoStep, dw = kNoStep;
};

/// Reads linear_backward into a group; false when it is none that fits.
bool take_linear_backward(const LinearBackwardParams& p, Group& group) {
  const auto dense = [](const auto& rows) { return rows.stride >= rows.columns; };
  if (!dense(p.dy) || !dense(p.dz) || !between(p.dy.columns, 1, kWidestBackward)) return false;
  if (p.activation != Activation::none && !dense(p.y)) return false;
  group.rows = p.dy.count;
  group.dy = {p.dy.data, p.dy.stride};
  group.layer.outputs = static_cast<int>(p.dy.columns);
  group.layer.activation = p.activation;
  if (p.activation != Activation::none) group.layer.y = {p.y.data, p.y.stride};
  group.layer.dz = {p.dz.data, p.dz.stride};
  group.layer.dbias = p.dbias;
  return true;
}

/// What both products read: dz, or dy where the layer has neither bias nor activation.
TileRows<const float> left_of(const Group& group) {
  if (group.layer.dz.data == nullptr) return group.dy;
  return {group.layer.dz.data, group.layer.dz.stride};
}

bool is_dx(const GemmParams& p, const Group& group) {
  const TileRows<const float> dz = left_of(group);
  return plain(p) && p.a == dz.data && p.a_col == 1 && p.a_row == dz.stride && p.m == group.rows &&
         p.k == group.layer.outputs && p.c_row >= p.n && p.b_row > 0 && p.b_col > 0;
}

bool is_dw(const GemmParams& p, const Group& group) {
  const TileRows<const float> dz = left_of(group);
  const int outputs = group.layer.outputs;
  return plain(p) && p.a == dz.data && p.a_col == dz.stride && (p.a_row == 1 || outputs == 1) &&
         p.m == outputs && p.k == group.rows && p.b_col == 1 && p.b_row >= p.n && p.c_row >= p.n &&
         between(p.n, 1, kWidestBackward);
}

/// dy of a layer that begins with its products.
bool take_products(const GemmParams& p, Group& group) {
  if (p.a_col != 1 || p.a_row < p.k || !between(p.k, 1, kWidestBackward)) return false;
  group.rows = p.m;
  group.dy = {p.a, p.a_row};
  group.layer.outputs = static_cast<int>(p.k);
  return true;
}

/// The steps of one layer: linear_backward, and the products of dz in either order.
std::optional<Group> group_at(const std::vector<Step>& steps, std::size_t first) {
  Group group;
  group.first = group.end = first;
  const auto* before = params_of<LinearBackwardParams>(steps, first, "linear_backward");
  if (before != nullptr) {
    if (!take_linear_backward(*before, group)) return {};
    ++group.end;
  } else {
    const auto* product = params_of<GemmParams>(steps, first, "gemm");
    if (product == nullptr || !take_products(*product, group)) return {};
  }
  const GemmParams *dx = nullptr, *dw = nullptr;
  for (; dx == nullptr || dw == nullptr; ++group.end) {
    const auto* p = params_of<GemmParams>(steps, group.end, "gemm");
    if (p != nullptr && dx == nullptr && is_dx(*p, group)) dx = p, group.dx = group.end;
    else if (p != nullptr && dw == nullptr && is_dw(*p, group)) dw = p, group.dw = group.end;
    else break;
  }
  if (dw == nullptr || (dx != nullptr && dx->n != dw->n)) return {};
  BackwardLayer& layer = group.layer;
  layer.inputs = static_cast<int>(dw->n);
  layer.x = {dw->b, dw->b_row};
  layer.dw = {dw->c, dw->c_row};
  if (dx != nullptr) {
    layer.weights = {dx->b, dx->b_row, dx->b_col};
    layer.dx = {dx->c, dx->c_row};
  }
  return group;
}

/// The longest chain from `first` on, whether it may be fused or not.
std::vector<Group> backward_from(const std::vector<Step>& steps, std::size_t first) {
  std::vector<Group> groups;
  while (groups.size() < kMaxLayers) {
    const std::size_t at = groups.empty() ? first : groups.back().end;
    const std::optional<Group> group = group_at(steps, at);
    if (!group) break;
    if (!groups.empty()) {
      const BackwardLayer& before = groups.back().layer;
      const bool linked = group->rows == groups.back().rows && before.dx.data == group->dy.data &&
                          before.dx.stride == group->dy.stride &&
                          before.inputs == group->layer.outputs;
      if (!linked) break;
    }
    groups.push_back(*group);
    if (group->layer.dx.data == nullptr) break;
  }
  return groups;
}

void add_uses(std::vector<Use>& uses, const Group& group, std::size_t step, std::size_t dy_source) {
  const BackwardLayer& layer = group.layer;
  const std::int64_t rows = group.rows;
  const bool differentiates = layer.dz.data != nullptr;
  if (step == group.first && differentiates) {
    uses.push_back(rows_use(step, Kind::read, group.dy, rows, layer.outputs));
    uses.back().source = dy_source;
    uses.back().elementwise = true;
    if (layer.y.data != nullptr) {
      uses.push_back(rows_use(step, Kind::read, layer.y, rows, layer.outputs));
      uses.back().elementwise = true;
    }
    uses.push_back(rows_use(step, Kind::write, layer.dz, rows, layer.outputs));
    uses.back().elementwise = true;
    uses.push_back({step, Kind::final_write, layer.dbias, layer.dbias + layer.outputs});
    return;
  }
  uses.push_back(rows_use(step, Kind::read, left_of(group), rows, layer.outputs));
  uses.back().source = differentiates ? group.first : dy_source;
  if (step == group.dx) {
    uses.push_back(weights_use(step, layer.weights, layer.outputs, layer.inputs));
    uses.push_back(rows_use(step, Kind::write, layer.dx, rows, layer.inputs));
    return;
  }
  uses.push_back(rows_use(step, Kind::read, layer.x, rows, layer.inputs));
  const float* dw = layer.dw.data;
  uses.push_back(
      {step, Kind::final_write, dw, end_of(dw, layer.outputs, layer.inputs, layer.dw.stride)});
}

std::vector<Use> uses_of(const std::vector<Group>& groups) {
  std::vector<Use> uses;
  std::size_t dy_source = kNoStep;
  for (const Group& group : groups) {
    for (std::size_t step = group.first; step < group.end; ++step) {
      add_uses(uses, group, step, dy_source);
    }
    dy_source = group.dx;
  }
  return uses;
}

BackwardChain chain_of(const std::vector<Group>& groups) {
  BackwardChain chain{};
  chain.rows = groups.front().rows;
  chain.dy = groups.front().dy;
  for (const Group& group : groups) chain.layer[chain.layers++] = group.layer;
  return chain;
}

// --- both

class Finder {
 public:
  Finder(const std::vector<Step>& steps, Precision precision, std::size_t shared_bytes,
         std::int64_t least_rows)
      : steps_(steps),
        precision_(precision),
        shared_bytes_(shared_bytes),
        least_rows_(least_rows) {}

  Unit unit_at(std::size_t first) const {
    if (const auto unit = forward_at(first)) return *unit;
    if (const auto unit = backward_at(first)) return *unit;
    return {first, 1};
  }

 private:
  /// The longest beginning of the chain that keeps order and fits.
  std::optional<Unit> forward_at(std::size_t first) const {
    ForwardChain chain = forward_from(steps_, first);
    for (; chain.layers > 1 && chain.rows >= least_rows_; --chain.layers) {
      if (!keeps_order(uses_of(chain))) continue;
      Unit unit{first, static_cast<std::size_t>(chain.layers), Unit::Kind::forward};
      unit.forward = chain;
      unit.forward_layout = lay_out(chain, precision_, shared_bytes_);
      if (unit.forward_layout.tile > 0) return unit;
    }
    return {};
  }
  std::optional<Unit> backward_at(std::size_t first) const {
    std::vector<Group> groups = backward_from(steps_, first);
    for (; groups.size() > 1 && groups.front().rows >= least_rows_; groups.pop_back()) {
      if (!keeps_order(uses_of(groups))) continue;
      Unit unit{first, groups.back().end - first, Unit::Kind::backward};
      unit.backward = chain_of(groups);
      unit.backward_layout = lay_out(unit.backward, precision_, shared_bytes_);
      if (unit.backward_layout.tile > 0) return unit;
    }
    return {};
  }

  const std::vector<Step>& steps_;
  const Precision precision_;
  const std::size_t shared_bytes_;
  const std::int64_t least_rows_;
};

}  // namespace

Fusion fusion_setting() {
  const char* value = std::getenv("CAROM_CUDA_FUSION");
  if (value == nullptr) return Fusion::automatic;
  if (value == std::string_view("off")) return Fusion::off;
  return value == std::string_view("on") ? Fusion::always : Fusion::automatic;
}

std::vector<Unit> find_units(const std::vector<Step>& steps, Precision precision,
                             std::size_t shared_bytes, Fusion fusion) {
  // A row by itself has no stride that could be trusted.
  const Finder finder(steps, precision, shared_bytes, fusion == Fusion::always ? 2 : kLeastRows);
  std::vector<Unit> units;
  for (std::size_t at = 0; at < steps.size(); at += units.back().count) {
    units.push_back(fusion == Fusion::off ? Unit{at, 1} : finder.unit_at(at));
  }
  return units;
}

}  // namespace carom::cuda
