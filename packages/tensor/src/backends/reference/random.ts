/** random: uniform, normal and permutation, each a function of the state [4] that it advances. */
import { advance, drawLanes, toUniform } from "./philox.js";
import { positions, type RefView } from "./views.js";

/** Floats in [0, 1), one lane each. */
export function uniformKernel([state]: RefView[], [out]: RefView[]): void {
  const to = positions(out);
  const lanes = drawLanes(state, to.length);
  for (let i = 0; i < to.length; i++) out.data[to[i]] = toUniform(lanes[i]);
  advance(state);
}

/** Standard normal floats by Box and Muller: lanes 2j and 2j+1 give elements 2j and 2j+1. */
export function normalKernel([state]: RefView[], [out]: RefView[]): void {
  const to = positions(out);
  const lanes = drawLanes(state, to.length + 1);
  for (let i = 0; i < to.length; i++) {
    const pair = i & ~1;
    const radius = Math.sqrt(-2 * Math.log(1 - toUniform(lanes[pair])));
    const angle = 2 * Math.PI * toUniform(lanes[pair + 1]);
    out.data[to[i]] = radius * (i === pair ? Math.cos(angle) : Math.sin(angle));
  }
  advance(state);
}

const feistelRounds = 6;

/**
 * A permutation of 0..n-1: a Feistel network on the smallest even number of bits that holds n,
 * applied again while the result is n or more ("cycle walking"). Each element is independent.
 */
export function permutationKernel([state]: RefView[], [out]: RefView[]): void {
  const to = positions(out);
  const keys = drawLanes(state, feistelRounds);
  let half = 1;
  while (4 ** half < to.length) half++;
  for (let i = 0; i < to.length; i++) {
    let x = i;
    do x = feistel(x, half, keys);
    while (x >= to.length);
    out.data[to[i]] = x;
  }
  advance(state);
}

/** One pass of the network over a number of `2 * half` bits. */
function feistel(x: number, half: number, keys: Uint32Array): number {
  const mask = 2 ** half - 1;
  let left = x >>> half;
  let right = x & mask;
  for (let round = 0; round < feistelRounds; round++) {
    const mixed = mix((Math.imul(right, 0x9e3779b1) + keys[round]) >>> 0);
    [left, right] = [right, (left ^ mixed) & mask];
  }
  return ((left << half) | right) >>> 0;
}

/** Spreads every input bit over all output bits (the finalizer of MurmurHash3). */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
