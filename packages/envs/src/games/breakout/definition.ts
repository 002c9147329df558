/** Breakout as the registry lists it: the facts of both variants. */
import { chooseVariant, type Game, type GameDefinition, type GameSpec } from "../../game.js";
import { type BreakoutBoard, boards } from "./boards.js";
import { BRICKS, Breakout, COLUMNS, MAX_SCORE } from "./breakout.js";

const VERSION = 1;
const FACTS = 10;
const SIZE = FACTS + BRICKS;

const facts = {
  id: "breakout",
  title: "Breakout",
  variants: ["classic", "puffer"],
  defaultVariant: "classic",
} as const;

/** Breakout: `classic` (default) and `puffer`. */
export const breakout: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    const chosen = chooseVariant(facts, variant) === "puffer" ? "puffer" : "classic";
    return new Breakout(specs[chosen], boards[chosen]);
  },
};

const specs: Readonly<Record<"classic" | "puffer", GameSpec>> = {
  classic: specOf("classic", boards.classic, "Breakout", 1),
  puffer: specOf("puffer", boards.puffer, "Breakout (PufferLib's board)", 0.02),
};

/** @param velocity the typical magnitude of an observed velocity */
function specOf(variant: string, board: BreakoutBoard, title: string, velocity: number): GameSpec {
  return {
    id: facts.id,
    variant,
    version: VERSION,
    title,
    actions: { kind: "discrete", names: ["stay", "left", "right"] },
    observation: {
      size: SIZE,
      shape: [SIZE],
      names: observationNames(),
      scale: entries(1, { 4: velocity, 5: velocity }),
      low: entries(0, { 4: -1, 5: -1, 8: -0.2 }),
      high: entries(1, {}),
    },
    board: { width: board.width, height: board.height },
    decisionsPerSecond: 15,
    maxSteps: 10_000,
    maxScore: MAX_SCORE,
    keys: { ArrowLeft: 1, KeyA: 1, ArrowRight: 2, KeyD: 2 },
  };
}

function observationNames(): string[] {
  const names = ["paddle x", "paddle y", "ball x", "ball y", "ball vx", "ball vy"];
  names.push("ball in flight", "score", "balls left", "paddle width");
  for (let brick = 0; brick < BRICKS; brick++) {
    names.push(
      `brick gone, row ${Math.floor(brick / COLUMNS) + 1} column ${(brick % COLUMNS) + 1}`,
    );
  }
  return names;
}

/** One number per entry: `usual`, but for those named. */
function entries(usual: number, others: Readonly<Record<number, number>>): number[] {
  return Array.from({ length: SIZE }, (_, index) => others[index] ?? usual);
}
