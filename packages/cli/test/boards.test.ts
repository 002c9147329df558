import { findGame, type GameDefinition, key, LocalVectorEnv } from "@carom/envs";
import { expect, test } from "vitest";
import { BoardWatcher } from "../src/train/boards.js";
import { levers } from "./levers.js";

/** Two games of Catch that always stay, watched; an episode of Catch is nine decisions long. */
function watched(game: GameDefinition = findGame("catch")): {
  watcher: BoardWatcher;
  play: (steps: number) => void;
} {
  let watcher: BoardWatcher | undefined;
  const onEpisode = (record: Parameters<BoardWatcher["ended"]>[0]): void => watcher?.ended(record);
  const env = new LocalVectorEnv(game, { count: 2, key: key(1), onEpisode });
  watcher = new BoardWatcher(env);
  env.reset();
  const play = (steps: number): void => {
    for (let i = 0; i < steps; i++) env.step();
  };
  return { watcher, play };
}

/** An update as text: env, episode, range of decisions, and a star where it begins anew. */
function text(watcher: BoardWatcher, boards = 2): string[] {
  return watcher
    .look(boards)
    .map(
      (b) => `${b.env}:${b.episode} ${b.from}-${b.from + b.actions.length}${b.reset ? "*" : ""}`,
    );
}

test("every look gives what is new, from the beginning of an episode on", () => {
  const { watcher, play } = watched();
  play(3);
  expect(text(watcher)).toEqual(["0:0 0-3*", "1:0 0-3*"]);
  expect(text(watcher)).toEqual([]);
  play(2);
  expect(text(watcher, 1)).toEqual(["0:0 3-5"]);
});

test("the end of a watched episode is sent before the next episode begins", () => {
  const { watcher, play } = watched();
  play(5);
  text(watcher);
  play(6);
  expect(text(watcher)).toEqual(["0:0 5-9", "1:0 5-9"]);
  play(1);
  expect(text(watcher)).toEqual(["0:1 0-3*", "1:1 0-3*"]);
});

test("episodes that came and went between two looks are passed over", () => {
  const { watcher, play } = watched();
  play(5);
  text(watcher);
  play(30);
  expect(text(watcher)).toEqual(["0:0 5-9", "1:0 5-9"]);
  expect(text(watcher)).toEqual(["0:3 0-8*", "1:3 0-8*"]);
});

test("actions of several bytes are counted in bytes, and none is torn", () => {
  const { watcher, play } = watched(levers);
  play(2);
  expect(text(watcher)).toEqual(["0:0 0-16*", "1:0 0-16*"]);
  play(1);
  expect(text(watcher, 1)).toEqual(["0:0 16-24"]);
  play(2);
  expect(text(watcher)).toEqual(["0:0 24-32", "1:0 16-32"]);
  expect(text(watcher)).toEqual(["0:1 0-8*", "1:1 0-8*"]);
});
