/**
 * Taking over without a page: time goes by in steps, keys are pressed on the controls, and what
 * comes out is a branch.
 */
import { decodeReplay, encodeReplay, findGame, makeReplay, ReplayPlayer } from "@carom/envs";
import type { RunFacts } from "@carom/runs/formats";
import { describe, expect, test } from "vitest";
import { Branches } from "./branches.js";
import type { Branch } from "./model/branches.js";
import type { Continuation } from "./model/continuation.js";
import type { EpisodeEntry } from "./model/episodes.js";
import { followTheBall } from "./model/testing.js";
import type { Api } from "./net/api.js";
import type { BranchStore } from "./net/branch-store.js";
import { quietApi } from "./net/testing.js";
import { recordedShow } from "./recorded-show.js";
import { Session } from "./session.js";
import { Stage } from "./stage.js";
import { TakeOver } from "./takeover.js";

const breakout = findGame("breakout");
const seed = 4;
const recorded = makeReplay({ seed, actions: followTheBall(seed, 300) }, breakout);
const entry: EpisodeEntry = {
  ...{ id: "7", env: 2, episode: 12, seed, length: 300, return: recorded.return },
  ...{ terminated: false, steps: 5000, reason: "newest" },
};
const facts: RunFacts = {
  ...{ id: "run", game: "breakout", variant: breakout.defaultVariant, algo: "ppo", seed: 1 },
  ...{ gameVersion: recorded.version, config: {}, device: "cpu", threads: 1, totalSteps: 1e6 },
  ...{ versions: {}, status: "running", steps: 9000, startedAt: "2026-01-01T00:00:00Z" },
};

/** A run that has one episode. */
const api: Api = {
  ...quietApi,
  run: async () => facts,
  episodes: async () => ({ from: 0, next: 1, episodes: [entry] }),
  replay: async () => encodeReplay(recorded),
};

const ofBreakout = { api, facts, game: breakout, entry };

/** A run that has one game of tic-tac-toe, in which each takes the first cell that is free. */
function ofTicTacToe(): typeof ofBreakout {
  const game = findGame("tictactoe");
  const replay = makeReplay({ seed, actions: Uint8Array.from([0, 1, 2, 3, 4, 5, 6]) }, game);
  const played: EpisodeEntry = { ...entry, length: replay.length, return: replay.return };
  return {
    api: { ...api, replay: async () => encodeReplay(replay) },
    facts: { ...facts, game: "tictactoe", variant: game.defaultVariant },
    game,
    entry: played,
  };
}

/** A store in memory. */
function memoryStore(): BranchStore & { readonly rows: Map<string, Branch> } {
  const rows = new Map<string, Branch>();
  return {
    rows,
    all: async () => [...rows.values()],
    put: async (_, branch) => void rows.set(branch.id, branch),
    remove: async (_, id) => void rows.delete(id),
  };
}

/** The stage with the recorded episode at a decision, paused. */
async function setting(step: number, { api, facts, game, entry } = ofBreakout) {
  const session = new Session(api, () => {});
  session.definition = game;
  session.facts = facts;
  const stage = new Stage(session, () => {});
  const store = memoryStore();
  const branches = new Branches(session, store, () => {});
  branches.update();
  const takeOver = new TakeOver(stage, session, branches, () => {});
  takeOver.countsDown = false;
  await stage.open(entry, "paused", step);
  while (stage.show?.kind === "recorded" && !stage.show.analysis.finished) stage.tick(0);
  const pass = (seconds: number) => {
    for (let at = 0; at < seconds - 1e-9; at += 0.05) {
      takeOver.tick(0.05);
      stage.tick(0.05);
    }
  };
  return { session, stage, store, branches, takeOver, pass };
}

const replayOf = (branch: Branch) => decodeReplay(branch.replay);

describe("a person", () => {
  test("plays on from the decision on the stage; the branch has what was played", async () => {
    const { stage, store, takeOver, branches, pass } = await setting(100);
    takeOver.toggle();
    expect(takeOver.phase).toBe("person");
    takeOver.controls?.press("ArrowLeft");
    pass(2);
    expect(stage.step).toBe(130);
    takeOver.controls?.release("ArrowLeft");
    pass(1);
    takeOver.handBack();
    const [branch] = branches.list;
    const { actions, return: sum } = replayOf(branch);
    expect([...actions.subarray(0, 100)]).toEqual([...recorded.actions.subarray(0, 100)]);
    expect(actions.subarray(100, 129).every((action) => action === 1)).toBe(true);
    expect(actions.subarray(132).every((action) => action === 0)).toBe(true);
    expect(branch).toMatchObject({ at: 100, length: actions.length, return: sum });
    expect(branch.parent).toEqual({ kind: "episode", id: "7", title: "Episode 13" });
    expect(new ReplayPlayer(replayOf(branch), breakout).verify().ok).toBe(true);
    expect(store.rows.size).toBe(1);
    expect([stage.state.mode, stage.state.length]).toEqual(["paused", branch.length]);
  });

  test("is compared with what the episode had at the same decision", async () => {
    const { takeOver, branches, pass } = await setting(100);
    takeOver.toggle();
    pass(4);
    takeOver.handBack();
    const [branch] = branches.list;
    const player = new ReplayPlayer(recorded, breakout);
    player.seek(branch.length);
    expect(branch.comparison).toEqual({
      sameMoment: branch.return - player.total,
      atEnd: branch.return - recorded.return,
    });
  });

  test("leaves a branch to begin another one under it", async () => {
    const { stage, takeOver, branches, pass } = await setting(50);
    takeOver.toggle();
    pass(2);
    takeOver.handBack();
    stage.dispatch({ type: "seek", step: 60 });
    takeOver.toggle();
    pass(1);
    takeOver.handBack();
    const [first, second] = branches.list;
    expect(second.parent).toEqual({ kind: "branch", id: first.id, title: "Branch 1" });
    expect([second.at, second.root]).toEqual([60, { env: 2, episode: 12, seed, steps: 5000 }]);
  });

  test("who does nothing before handing back finds the episode as it was", async () => {
    const { stage, takeOver, branches } = await setting(70);
    const before = stage.show;
    takeOver.toggle();
    takeOver.toggle();
    expect([stage.show, stage.step, branches.list]).toEqual([before, 70, []]);
  });

  test("waits for the countdown", async () => {
    const { stage, takeOver, pass } = await setting(70);
    takeOver.countsDown = true;
    takeOver.toggle();
    pass(2.9);
    expect([takeOver.phase, stage.step]).toEqual(["countdown", 70]);
    pass(1);
    expect(takeOver.phase).toBe("person");
    expect(stage.step).toBeGreaterThan(75);
  });

  test("plays to the end of the game", async () => {
    const { stage, takeOver, branches, pass } = await setting(20);
    takeOver.toggle();
    takeOver.controls?.press("ArrowLeft");
    for (let i = 0; i < 200 && takeOver.phase === "person"; i++) pass(1);
    expect(takeOver.phase).toBe("off");
    const [branch] = branches.list;
    expect(branch.terminated).toBe(true);
    expect(stage.step).toBe(branch.length);
    takeOver.toggle();
    expect(takeOver.phase).toBe("off");
    expect(takeOver.message).toContain("over here");
  });

  test("is told why not where recorded pictures are shown", async () => {
    const { stage, takeOver, branches } = await setting(20);
    const pictured = makeReplay({ seed, actions: recorded.actions }, breakout, { pictures: true });
    const gone = { definition: undefined, problem: "There is no such game." };
    stage.present(recordedShow(entry, pictured, gone), 20);
    takeOver.toggle();
    expect(takeOver.phase).toBe("off");
    expect(takeOver.message).toContain("recorded pictures");
    expect([stage.step, branches.list]).toEqual([20, []]);
  });

  test("whose stage is taken by another episode keeps the branch", async () => {
    const { stage, takeOver, branches, pass } = await setting(20);
    takeOver.toggle();
    pass(1);
    await stage.open(entry, "playing");
    pass(0.1);
    expect([takeOver.phase, branches.list.length]).toEqual(["off", 1]);
  });
});

/** Plays one action for so many decisions. */
function player(action: number, decisions: number): Continuation {
  return {
    ready: true,
    answer: async () => Uint8Array.of(action),
    async *playOn() {
      for (let i = 0; i < decisions; i++) yield Uint8Array.of(action);
    },
  };
}

const turns = () => new Promise((resolve) => setTimeout(resolve, 10));

describe("whoever plays on", () => {
  test("has the controls after the person; both are named in the branch", async () => {
    const { takeOver, branches, pass } = await setting(100);
    takeOver.continuation = player(2, 20);
    takeOver.toggle();
    pass(1);
    takeOver.handBack();
    expect(takeOver.phase).toBe("agent");
    await turns();
    pass(3);
    expect(takeOver.phase).toBe("off");
    const [branch] = branches.list;
    const [person, agent] = branch.passages;
    expect([person, agent.by]).toEqual([{ from: 100, by: "person" }, "agent"]);
    expect(branch.length).toBe(agent.from + 20);
    expect(
      replayOf(branch)
        .actions.subarray(agent.from)
        .every((one) => one === 2),
    ).toBe(true);
  });

  test("is stopped by the person, who goes on from there", async () => {
    const { stage, takeOver, branches, pass } = await setting(100);
    takeOver.continuation = player(2, 200);
    takeOver.toggle();
    pass(1);
    takeOver.handBack();
    await turns();
    pass(1);
    const step = stage.step;
    takeOver.toggle();
    expect(takeOver.phase).toBe("person");
    expect(stage.step).toBeGreaterThanOrEqual(step);
    expect(stage.step).toBeLessThanOrEqual(step + 1);
    expect(branches.list.length).toBe(1);
    expect(branches.list[0].length).toBe(stage.step);
    expect(branches.list[0].passages.length).toBe(2);
  });

  test("that fails ends the branch where it stands", async () => {
    const { takeOver, branches, pass } = await setting(100);
    takeOver.continuation = {
      ready: true,
      answer: async () => Uint8Array.of(1),
      async *playOn() {
        yield Uint8Array.of(1);
        throw new Error("no weights");
      },
    };
    takeOver.toggle();
    pass(1);
    takeOver.handBack();
    await turns();
    pass(1);
    expect(takeOver.phase).toBe("off");
    expect(branches.list.length).toBe(1);
  });
});

describe("in a game for two", () => {
  /** Takes the last cell that is free, and remembers what it was asked about. */
  function opponent() {
    const seen: number[][] = [];
    const answer: Continuation["answer"] = async ({ actions }) => {
      seen.push([...actions]);
      const free = [8, 7, 6, 5, 4, 3, 2, 1, 0].find((cell) => !actions.includes(cell));
      return Uint8Array.of(free ?? 0);
    };
    return { seen, continuation: { ...player(0, 0), answer } };
  }

  test("the agent plays the side that the person does not", async () => {
    const { takeOver, branches, pass } = await setting(1, ofTicTacToe());
    const { seen, continuation } = opponent();
    takeOver.continuation = continuation;
    takeOver.toggle();
    expect(takeOver.controls?.map.hints.at(-1)?.text).toBe("against the agent");
    takeOver.controls?.click(1.5, 0.5); // cell 1
    pass(1);
    takeOver.controls?.click(0.5, 1.5); // while the agent thinks: for another position
    await turns();
    pass(1);
    expect(seen).toEqual([[0, 1]]);
    takeOver.controls?.click(2.5, 0.5); // cell 2
    pass(1);
    await turns();
    pass(1);
    takeOver.handBack(); // and the agent would play on for both
    await turns();
    pass(1);
    const [branch] = branches.list;
    expect([...replayOf(branch).actions.subarray(0, 5)]).toEqual([0, 1, 8, 2, 7]);
    expect(branch.passages).toEqual([
      { from: 1, by: "person" },
      { from: 2, by: "agent" },
      { from: 3, by: "person" },
      { from: 4, by: "agent" },
    ]);
  });

  test("passages in which nobody decided anything are not told", async () => {
    const { takeOver, branches, pass } = await setting(1, ofTicTacToe());
    const { continuation } = opponent();
    const playOn = async function* () {
      yield Uint8Array.of(4, 6);
    };
    takeOver.continuation = { ...continuation, playOn };
    takeOver.toggle();
    takeOver.controls?.click(1.5, 0.5);
    pass(1);
    await turns();
    pass(1);
    takeOver.handBack(); // it is the person's turn: the agent goes on for both
    await turns();
    pass(2);
    expect(branches.list[0].passages).toEqual([
      { from: 1, by: "person" },
      { from: 2, by: "agent" },
    ]);
  });

  test("ends without a branch where what it was about is gone", async () => {
    const { stage, session, takeOver, branches, pass } = await setting(1, ofTicTacToe());
    const begin = () => {
      takeOver.toggle();
      takeOver.controls?.click(1.5, 0.5);
      pass(1);
      expect(takeOver.phase).toBe("person");
    };
    begin();
    takeOver.abandon();
    expect([takeOver.phase, branches.list]).toEqual(["off", []]);
    begin();
    session.definition = breakout;
    session.facts = facts;
    stage.present(recordedShow(entry, recorded, { definition: breakout, problem: undefined }), 3);
    pass(0.1);
    expect([takeOver.phase, branches.list]).toEqual(["off", []]);
  });

  test("the person plays both sides where there is no policy, or none that answers", async () => {
    const { takeOver, pass } = await setting(0, ofTicTacToe());
    takeOver.toggle();
    expect(takeOver.controls?.map.hints.at(-1)?.text).toBe("you play both sides");
    takeOver.handBack();
    takeOver.continuation = { ...player(0, 0), answer: () => Promise.reject(new Error("gone")) };
    takeOver.toggle();
    takeOver.controls?.click(0.5, 0.5);
    pass(1);
    await turns();
    expect(takeOver.message).toBe("The agent cannot answer, play both sides: gone");
    expect(takeOver.controls?.map.hints.at(-1)?.text).toBe("you play both sides");
    takeOver.controls?.click(1.5, 1.5);
    pass(1);
    takeOver.controls?.click(2.5, 1.5);
    pass(1);
    expect(takeOver.phase).toBe("person");
    takeOver.handBack();
  });
});
