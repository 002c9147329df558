// Products with few columns, where a row of a and a column of b are both dense along k (the head of
// a policy): dot products of several rows with four columns at once, a vector of b holding a few
// neighbours along k of each column; lanes are added up at the end.
#pragma once

#include "cpu/isa.h"
#include "ops/gemm.h"

namespace carom::cpu::CAROM_ISA {

/// Rows `rows` of c, finished.
void multiply_narrow(const GemmParams& p, Range rows);

}  // namespace carom::cpu::CAROM_ISA
