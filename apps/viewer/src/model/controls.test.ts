/** Keys of every game, what held and tapped keys come to, and defaults for games without keys. */
import { type Action, containsAction, type Game, type GameSpec, games } from "@carom/envs";
import { describe, expect, test } from "vitest";
import { Controls, keyMapOf } from "./controls.js";

const variants = games.flatMap((game) =>
  game.variants.map((variant) => ({ game, variant, name: `${game.id}/${variant}` })),
);

/** A started game. */
function started(id: string): Game {
  const made = games.find((one) => one.id === id)?.create();
  if (!made) throw new Error(`no game ${id}`);
  made.seed(1);
  made.reset();
  return made;
}

/** A started game whose spec declares no keys, with other actions if given. */
function keyless(id: string, actions?: GameSpec["actions"]): Game {
  const made = started(id);
  const { keys: _keys, idle: _idle, ...spec } = made.spec;
  return Object.assign(made, { spec: { ...spec, actions: actions ?? spec.actions } });
}

describe("every game", () => {
  test.each(variants)(
    "$name is playable: keys or clicks reach every action",
    ({ game, variant }) => {
      const played = game.create(variant);
      played.seed(3);
      played.reset();
      const { actions, board, idle = 0 } = played.spec;
      const { bindings } = keyMapOf(played);
      if (actions.kind !== "discrete") {
        expect(bindings.size).toBeGreaterThanOrEqual(2);
        return;
      }
      const reached = new Set<unknown>([...bindings.values(), idle]);
      const controls = new Controls(played);
      for (let y = 0.5; y < board.height && played.actionAt; y++) {
        for (let x = 0.5; x < board.width; x++) {
          controls.click(x, y);
          const action = controls.take(played, undefined);
          if (played.spec.waits) reached.add(action);
        }
      }
      const missing = actions.names.filter((_, action) => !reached.has(action));
      expect(missing).toEqual([]);
    },
  );

  test.each(variants)("$name takes what random keys come to", ({ game, variant }) => {
    const played = game.create(variant);
    played.seed(3);
    played.reset();
    const controls = new Controls(played);
    const codes = [...controls.map.bindings.keys(), "ArrowUp", "ArrowRight", "Enter"];
    let last: Action | undefined;
    let taken = 0;
    for (let i = 0; i < 300 && !played.terminated; i++) {
      const code = codes[(i * 7) % codes.length];
      controls.press(code);
      if (i % 3 !== 0) controls.release(code);
      const action = controls.take(played, last);
      if (action === undefined) continue;
      expect(containsAction(played.spec.actions, action)).toBe(true);
      played.step(action);
      last = action;
      taken++;
    }
    expect(taken).toBeGreaterThan(0);
  });
});

describe("held and tapped keys", () => {
  test("the newest key that is down counts; a tap between decisions counts once", () => {
    const game = started("breakout");
    const controls = new Controls(game);
    const take = () => controls.take(game, undefined);
    expect(take()).toBe(0);
    controls.press("ArrowLeft");
    controls.press("ArrowRight");
    expect(take()).toBe(2);
    controls.release("ArrowRight");
    expect(take()).toBe(1);
    controls.release("ArrowLeft");
    expect(take()).toBe(0);
    controls.press("KeyD");
    controls.release("KeyD");
    expect([take(), take()]).toEqual([2, 0]);
  });

  test("keys that are held when the page loses the keyboard come up", () => {
    const game = started("breakout");
    const controls = new Controls(game);
    controls.press("ArrowLeft");
    controls.releaseAll();
    expect(controls.take(game, undefined)).toBe(0);
  });

  test("a snake crawls on while no key is down", () => {
    const game = started("snake");
    const controls = new Controls(game);
    expect(controls.take(game, 3)).toBe(3);
    controls.press("ArrowUp");
    expect(controls.take(game, 3)).toBe(0);
  });

  test("a game that waits has one decision per press", () => {
    const game = started("2048");
    const controls = new Controls(game);
    expect(controls.take(game, undefined)).toBeUndefined();
    controls.press("ArrowLeft");
    expect([controls.take(game, undefined), controls.take(game, undefined)]).toEqual([
      3,
      undefined,
    ]);
  });

  test("what is not allowed is not played", () => {
    const game = started("tictactoe");
    const controls = new Controls(game);
    controls.press("Digit5");
    expect(controls.take(game, undefined)).toBe(4);
    game.step(4);
    controls.press("Digit5");
    expect(controls.take(game, 4)).toBeUndefined();
  });

  test("arrows move the mark over a board without keys, Enter plays there", () => {
    const game = started("gomoku");
    const controls = new Controls(game);
    const { width } = game.spec.board;
    const middle = Math.floor(width / 2);
    for (const code of ["ArrowLeft", "ArrowUp", "ArrowUp", "Enter"]) controls.press(code);
    expect(controls.take(game, undefined)).toBe((middle - 2) * width + middle - 1);
    expect(controls.map.hints.map(({ text }) => text)).toContain("move the mark");
  });

  test("keys of a continuous action add up within its bounds", () => {
    const game = started("pendulum");
    const controls = new Controls(game);
    const { actions } = game.spec;
    if (actions.kind !== "box") throw new Error("expected a box");
    for (const code of ["ArrowLeft", "KeyA"]) controls.press(code);
    const force = controls.take(game, undefined);
    expect(containsAction(actions, force)).toBe(true);
    controls.press("ArrowRight");
    controls.press("KeyD");
    expect(controls.take(game, undefined)).toEqual(Float32Array.of(0));
  });
});

describe("games that declare no keys", () => {
  test("digits choose a discrete action", () => {
    const game = keyless("cartpole");
    const { bindings, hints } = keyMapOf(game);
    expect([...bindings]).toEqual([
      ["Digit1", 0],
      ["Digit2", 1],
    ]);
    expect(hints.map(({ keys }) => keys)).toEqual([["1"], ["2"]]);
  });

  test("arrows are the axes of a box, switches and choices have a key each", () => {
    const box = {
      kind: "box",
      size: 2,
      low: [-2, Number.NEGATIVE_INFINITY],
      high: [2, 5],
    } as const;
    const keysOf = (actions: GameSpec["actions"]) => [
      ...keyMapOf(keyless("pendulum", actions)).bindings,
    ];
    expect(keysOf(box)).toEqual([
      ["ArrowLeft", [-2, 0]],
      ["ArrowRight", [2, 0]],
      ["ArrowDown", [0, -1]],
      ["ArrowUp", [0, 5]],
    ]);
    expect(keysOf({ kind: "multi-binary", size: 2 })).toEqual([
      ["Digit1", [1, 0]],
      ["Digit2", [0, 1]],
    ]);
    expect(keysOf({ kind: "multi-discrete", sizes: [3, 2] })).toEqual([
      ["Digit1", [1, 0]],
      ["Digit2", [2, 0]],
      ["Digit3", [0, 1]],
    ]);
  });
});
