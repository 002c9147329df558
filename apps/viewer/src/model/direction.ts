/** Which way an action goes on the board, as far as its name tells. */

export type Direction = "left" | "right" | "up" | "down";

const WORDS: readonly (readonly [Direction, RegExp])[] = [
  ["left", /\b(left|west)\b/i],
  ["right", /\b(right|east)\b/i],
  ["up", /\b(up|north|jump|flap)\b/i],
  ["down", /\b(down|south|drop)\b/i],
];

/** undefined for an action without a direction, or with two. */
export function directionOf(name: string): Direction | undefined {
  const found = WORDS.filter(([, words]) => words.test(name));
  return found.length === 1 ? found[0][0] : undefined;
}
