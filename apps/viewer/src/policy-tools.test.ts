/**
 * What is done with kept policies, without a page and without networks: the policies here are players
 * who follow the ball for as many decisions as they have been trained, and then stand still.
 */
import { encodeReplay, findGame, makeReplay } from "@carom/envs";
import type { PolicyEntry, RunFacts } from "@carom/runs/formats";
import { describe, expect, test } from "vitest";
import { Duel } from "./duel.js";
import type { EpisodeEntry } from "./model/episodes.js";
import { PrimitiveList } from "./model/primitives.js";
import { followTheBall } from "./model/testing.js";
import { type Api, ApiError } from "./net/api.js";
import { quietApi } from "./net/testing.js";
import { OtherPolicies } from "./other-policies.js";
import { Performances } from "./performances.js";
import { type Asked, Cancelled, type PolicyHost } from "./policy/host.js";
import { type Played, type PlayOptions, policyKey } from "./policy/protocol.js";
import { Ratings } from "./ratings.js";
import { RunList } from "./run-list.js";
import { Session } from "./session.js";
import { SideBySide } from "./side-by-side.js";
import { Stage } from "./stage.js";
import { TimeMachine } from "./time-machine.js";
import { Why } from "./why.js";

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
  ...{ versions: {}, status: "finished", steps: 9000, startedAt: "2026-01-01T00:00:00Z" },
};
/** A run of the same game beside it, whose policies have the same numbers as the run's own. */
const beside: RunFacts = {
  ...{ ...facts, id: "beside", algo: "dqn", seed: 2, startedAt: "2026-01-02T00:00:00Z" },
};
const policies: readonly PolicyEntry[] = [0, 60, 200].map((steps, i) => ({
  ...{ id: String(i), steps, score: null, bytes: 1, crc: i },
}));

const api: Api = {
  ...quietApi,
  run: async () => facts,
  episodes: async () => ({ from: 0, next: 1, episodes: [entry] }),
  replay: async () => encodeReplay(recorded),
  policies: async () => ({ from: 0, next: 3, policies: [...policies] }),
  runs: async () => [
    facts,
    beside,
    { ...beside, id: "bare" },
    { ...beside, id: "pong", game: "pong" },
  ],
  policiesOf: async (run) =>
    run === "bare"
      ? { from: 0, next: 0, policies: [] }
      : { from: 0, next: 2, policies: policies.slice(0, 2).toReversed() },
};

/**
 * What a player does from a seed, or from decisions that were given.
 * @param skip decisions of the game that follow from one of the player's
 */
function playedBy(
  { steps }: PolicyEntry,
  { seed: of, from, maxSteps }: PlayOptions,
  skip = 1,
): Played {
  const game = breakout.create();
  game.seed(of);
  game.reset();
  const follow = followTheBall(of, steps);
  const [actions, rewards]: [number[], number[]] = [[], []];
  while (!game.terminated && actions.length < (maxSteps ?? 2000)) {
    const { length } = actions;
    const action = length < (from?.length ?? 0) ? from?.actions[length] : follow[length];
    actions.push(action ?? 0);
    rewards.push(game.step(action ?? 0));
  }
  const decision = Math.ceil((from?.length ?? 0) / skip) * skip;
  const decides = decision < actions.length;
  return {
    ...{ seed: of, actions: Uint8Array.from(actions), length: actions.length },
    ...{ rewards: Float32Array.from(rewards), terminated: game.terminated },
    return: rewards.reduce((sum, reward) => sum + reward, 0),
    thoughts: {
      at: Int32Array.from(decides ? [decision] : []),
      values: Float32Array.from(decides ? [0] : []),
      probabilities: Float32Array.from(decides ? [0.5, 0.25, 0.25] : []),
    },
  };
}

/** Answers when it is told to, and remembers what it was asked. */
class PlayerHost implements Pick<PolicyHost, "play"> {
  readonly asked: { readonly name: string; isOpen: boolean }[] = [];
  /** Decisions of the game that follow from one of a player's. */
  skip = 1;
  private readonly answers: (() => void)[] = [];
  private readonly refusals: (() => void)[] = [];

  play(policy: PolicyEntry, options: PlayOptions): Asked<Played> {
    const question = { name: `${policyKey(policy)} ${options.seed}`, isOpen: true };
    this.asked.push(question);
    let cancel = (): void => {};
    const done = new Promise<Played>((resolve, reject) => {
      cancel = () => {
        question.isOpen = false;
        reject(new Cancelled("nobody waits for it"));
      };
      this.refusals.push(() => reject(new Cancelled("the worker has stopped")));
      this.answers.push(() => {
        if (question.isOpen) resolve(playedBy(policy, options, this.skip));
        question.isOpen = false;
      });
    });
    return { done, cancel: () => cancel() };
  }

  /** Refuses everything that waits, as when the worker breaks. */
  giveUp(): void {
    for (const refuse of this.refusals.splice(0)) refuse();
  }

  /** Answers everything, and what is asked then. */
  async settle(update: () => void): Promise<void> {
    for (let round = 0; round < 100; round++) {
      update();
      const waiting = this.answers.splice(0);
      for (const answer of waiting) answer();
      for (let i = 0; i < 4; i++) await Promise.resolve();
      if (waiting.length === 0) return;
    }
    throw new Error("settle: questions without end");
  }
}

/** The stage with the recorded episode at a decision, paused. */
async function setting(step = 0) {
  const session = new Session(api, () => {});
  session.definition = breakout;
  session.spec = breakout.create().spec;
  session.facts = facts;
  session.policies = policies;
  session.listedPolicies = true;
  session.revision.policies++;
  const stage = new Stage(session, () => {});
  const host = new PlayerHost();
  const performances = new Performances(session, host, () => {});
  const list = new RunList(
    api,
    () => facts.id,
    () => {},
  );
  const others = new OtherPolicies(session, list, () => {});
  await stage.open(entry, "paused", step);
  return { session, stage, host, performances, others };
}

const turns = () => new Promise((resolve) => setTimeout(resolve, 10));

/** The same, while the training goes on and the stage follows it. */
async function live() {
  const made = await setting();
  made.session.facts = { ...facts, status: "running" };
  made.session.episodes = [entry];
  made.stage.dispatch({ type: "live" });
  expect(made.stage.state.mode).toBe("live");
  return made;
}

/** A newer episode is kept, and so much time goes by that a live stage would show it. */
async function pastTheEnd(stage: Stage, session: Session): Promise<void> {
  session.episodes = [{ ...entry, id: "8", steps: 6000 }, entry];
  for (let i = 0; i < 60; i++) stage.tick(1);
  await turns();
}

const performer = (stage: Stage): number | undefined =>
  stage.show?.kind === "recorded" ? stage.show.performer?.steps : undefined;

describe("performances", () => {
  test("are asked for once, the most urgent first; what nobody wants is cancelled", async () => {
    const { host, performances } = await setting();
    const wishes = policies.map((policy) => ({ policy, seed, greedy: true }));
    performances.want("a", wishes);
    performances.want("a", wishes);
    expect(host.asked).toHaveLength(2);
    expect(host.asked.at(-1)?.name).toBe(`0-0 ${seed}`); // the newest question is answered first
    performances.want("a", [wishes[2]]);
    expect(host.asked.map(({ isOpen }) => isOpen)).toEqual([false, false, true]);
    await host.settle(() => performances.want("a", [wishes[2]]));
    expect(performances.find(wishes[2])?.played).toEqual(
      expect.objectContaining({ length: playedBy(policies[2], { seed, greedy: true }).length }),
    );
    performances.want("a", [wishes[2]]);
    expect(host.asked).toHaveLength(3);
  });

  test("are not asked for again where the worker has given up, until the trainer is back", async () => {
    const { session, host, performances } = await setting();
    const wish = { policy: policies[1], seed, greedy: true };
    performances.want("a", [wish]);
    host.giveUp();
    await host.settle(() => performances.want("a", [wish]));
    expect(host.asked).toHaveLength(1);
    expect(performances.problem(wish)).toBe("the worker has stopped");
    session.openings++;
    expect(performances.problem(wish)).toBeUndefined();
    await host.settle(() => performances.want("a", [wish]));
    expect(performances.find(wish)).toBeDefined();
  });
});

describe("the time machine", () => {
  test("plays the seed of the episode by every policy; a short one does not lose the place", async () => {
    const { session, stage, host, performances } = await setting(150);
    const machine = new TimeMachine(session, stage, performances, () => {});
    machine.toggle();
    await host.settle(() => machine.update());
    const returns = machine.stops.map(({ performance }) => performance?.played.return);
    expect(returns).toEqual(
      policies.map((policy) => playedBy(policy, { seed, greedy: true }).return),
    );
    expect(performer(stage)).toBe(200); // the newest before the end of the episode
    expect(stage.step).toBe(150);
    machine.choose(0);
    machine.update();
    expect(performer(stage)).toBe(0);
    expect(stage.step).toBeLessThan(150);
    machine.choose(2);
    machine.update();
    expect(stage.step).toBe(150);
    machine.toggle();
    expect(performer(stage)).toBeUndefined();
    expect([stage.step, stage.state.mode]).toEqual([150, "paused"]);
  });

  test("has the others as ghosts where they are elsewhere and have not lost yet", async () => {
    const { session, stage, host, performances } = await setting(0);
    const machine = new TimeMachine(session, stage, performances, () => {});
    machine.toggle();
    await host.settle(() => machine.update());
    const ghosts = (step: number): number => {
      stage.dispatch({ type: "seek", step });
      stage.tick(0);
      const out = new PrimitiveList();
      if (stage.show) machine.draw(stage.show.film.picture, out);
      return out.count;
    };
    expect(ghosts(0)).toBe(0);
    expect(ghosts(30)).toBeGreaterThan(0);
    const longest = Math.max(...machine.stops.map((one) => one.performance?.played.length ?? 0));
    expect(ghosts(longest)).toBe(0);
  });

  test("holds the episode of a stage that was live, which is live again afterwards", async () => {
    const { session, stage, host, performances } = await live();
    const machine = new TimeMachine(session, stage, performances, () => {});
    machine.toggle();
    await pastTheEnd(stage, session);
    machine.update();
    expect([machine.on, stage.episodeId]).toEqual([true, "7"]);
    await host.settle(() => machine.update());
    expect(performer(stage)).toBe(200);
    machine.toggle();
    expect(stage.state.mode).toBe("live");
    await turns();
    expect(stage.episodeId).toBe("8");
  });

  test("ends when something else comes on the stage", async () => {
    const { session, stage, host, performances } = await setting();
    const machine = new TimeMachine(session, stage, performances, () => {});
    machine.toggle();
    await host.settle(() => machine.update());
    await stage.open(entry, "paused");
    machine.update();
    expect(machine.on).toBe(false);
  });
});

describe("boards side by side", () => {
  test("are led by the longest; the first difference is where the players part", async () => {
    const { session, stage, host, performances, others } = await setting();
    const sideBySide = new SideBySide({ session, stage, performances, others }, () => {});
    sideBySide.toggle();
    expect(sideBySide.members).toHaveLength(4);
    await host.settle(() => sideBySide.update());
    const lengths = sideBySide.members.map(({ show }) => show?.replay.length ?? 0);
    expect(stage.state.length).toBe(Math.max(...lengths));
    const follow = followTheBall(seed, 60);
    expect(sideBySide.difference).toBe(follow.findIndex((action) => action !== 0));
    sideBySide.remove(1); // the one that never follows
    await host.settle(() => sideBySide.update());
    const longer = followTheBall(seed, 200);
    const parts = longer.findIndex((action, step) => step >= 60 && action !== 0);
    expect(sideBySide.difference).toBe(parts);
    sideBySide.jump();
    sideBySide.update();
    expect([stage.step, stage.state.mode]).toEqual([parts, "paused"]);
  });
});

describe("boards side by side of a training", () => {
  test("hold the episode of a stage that was live", async () => {
    const { session, stage, performances, others } = await live();
    const sideBySide = new SideBySide({ session, stage, performances, others }, () => {});
    sideBySide.toggle();
    await pastTheEnd(stage, session);
    sideBySide.update();
    expect([sideBySide.on, stage.episodeId]).toEqual([true, "7"]);
    sideBySide.toggle();
    expect(stage.state.mode).toBe("live");
  });

  test("ask again for what could not be had once the trainer is back", async () => {
    const { session, stage, host, performances, others } = await setting();
    session.episodes = [entry, { ...entry, id: "8" }];
    let isAway = true;
    session.replay = async () => {
      if (isAway) throw new ApiError("The trainer does not answer.", 0);
      return encodeReplay(recorded);
    };
    const sideBySide = new SideBySide({ session, stage, performances, others }, () => {});
    sideBySide.toggle();
    sideBySide.change(1, "episode 8");
    const update = async () => {
      sideBySide.update();
      await turns();
      sideBySide.update();
    };
    await update();
    host.giveUp();
    await update();
    expect(sideBySide.members[1].problem).toContain("does not answer");
    expect(sideBySide.members[2].problem).toBe("the worker has stopped");
    isAway = false;
    await update();
    expect(sideBySide.members[1].problem).toContain("does not answer");
    session.openings++;
    await update();
    await host.settle(() => sideBySide.update());
    expect(sideBySide.members.map(({ show }) => show !== undefined)).toEqual([
      ...[true, true, true, true],
    ]);
  });
});

describe("boards side by side of several runs", () => {
  async function opened() {
    const made = await setting();
    const sideBySide = new SideBySide(made, () => {});
    sideBySide.toggle();
    await turns(); // the list of runs comes
    const settle = async () => {
      sideBySide.update();
      await turns(); // lists of policies come
      await made.host.settle(() => sideBySide.update());
    };
    return { ...made, sideBySide, settle };
  }

  test("a run's newest policy plays the same seed, by its own name and settings", async () => {
    const { sideBySide, settle, host, stage } = await opened();
    for (const index of [3, 2]) sideBySide.remove(index);
    sideBySide.changeRun(1, "beside");
    expect(sideBySide.members.map(({ run }) => run)).toEqual([undefined, "beside"]);
    await settle();
    const [{ id: own }, { id, show }] = sideBySide.members;
    expect(own).toBe("episode 7");
    expect(id).toBe("policy 1-1@beside@2026-01-02T00:00:00Z");
    expect(host.asked.map(({ name }) => name)).toContain(`${id.slice("policy ".length)} ${seed}`);
    expect(sideBySide.policyOf(id)).toEqual({ ...policies[1], run: beside });
    expect(show?.performer?.run).toEqual(beside);
    expect(show?.replay.return).toBe(playedBy(policies[1], { seed, greedy: true }).return);
    const far = followTheBall(seed, 300).findIndex((action, step) => step >= 60 && action !== 0);
    expect(sideBySide.difference).toBe(far);
    sideBySide.jump();
    sideBySide.update();
    expect([stage.step, stage.state.mode]).toEqual([far, "paused"]);
    sideBySide.changeRun(1, undefined);
    expect(sideBySide.members[1].id).toBe("policy 2-2");
  });

  test("another seed keeps them, and episodes make room", async () => {
    const { sideBySide, settle } = await opened();
    sideBySide.changeRun(1, "beside");
    await settle();
    const kept = sideBySide.members.slice(1).map(({ id }) => id);
    sideBySide.reseed();
    expect(sideBySide.members.map(({ id }) => id)).toEqual(kept);
    await settle();
    expect(sideBySide.members.every(({ show }) => show?.replay.seed === sideBySide.seed)).toBe(
      true,
    );
  });

  test("runs that cannot play the seed say why, and one that has kept nothing says so", async () => {
    const { sideBySide, settle, others } = await opened();
    expect(others.runs.map(({ facts: { id }, whyNot }) => [id, whyNot])).toEqual([
      ["beside", undefined],
      ["bare", undefined],
      ["pong", "another game: pong"],
    ]);
    sideBySide.changeRun(1, "bare");
    sideBySide.changeRun(2, "pong");
    sideBySide.changeRun(3, "gone");
    await settle();
    expect(sideBySide.members.map(({ problem }) => problem)).toEqual([
      undefined,
      "This run has kept no policies.",
      "It cannot play here: another game: pong.",
      "This run is not there any more.",
    ]);
    expect(sideBySide.isComplete).toBe(true);
  });
});

describe("ratings", () => {
  test("go on with the other policies where one cannot play", async () => {
    const { session, host } = await setting();
    const ratings = new Ratings(session, host, () => {});
    ratings.work();
    const [{ name: broken }] = host.asked;
    host.giveUp();
    await turns();
    await host.settle(() => ratings.work());
    expect(ratings.progress).toEqual({ done: 32, all: 48 });
    expect(host.asked.filter(({ name }) => name === broken)).toHaveLength(1);
    session.openings++;
    await host.settle(() => ratings.work());
    expect(ratings.progress.done).toBe(48);
  });
});

describe("why this action", () => {
  test("where frames are skipped, asks about the policy's own decision", async () => {
    const { session, stage, host } = await setting(42);
    session.facts = { ...facts, config: { frameSkip: 4 } };
    host.skip = 4;
    const why = new Why(session, stage, host, () => {});
    why.toggle();
    await host.settle(() => why.update());
    expect([why.at, why.lines.length]).toEqual([40, 3]);
    expect(why.lines.every(({ outcome }) => outcome !== undefined)).toBe(true);
  });

  test("says so where the policy decides nothing", async () => {
    const { session, stage, host } = await setting(42);
    host.skip = 4; // of which the run's configuration tells nothing
    const why = new Why(session, stage, host, () => {});
    why.toggle();
    await host.settle(() => why.update());
    expect(why.problem).toContain("The policy decides nothing here");
    expect(why.lines).toEqual([]);
  });

  test("tries every action from the same state, and tells what came of it", async () => {
    const { session, stage, host } = await setting(40);
    const why = new Why(session, stage, host, () => {});
    why.toggle();
    why.set({ greedy: true, horizon: 5 });
    await host.settle(() => why.update());
    expect(why.at).toBe(40);
    const rate = breakout.create().spec.decisionsPerSecond;
    for (const { action, outcome } of why.lines) {
      const actions = Uint8Array.from([...recorded.actions.slice(0, 40), action]);
      const options = { seed, greedy: true, from: { actions, length: 41 } };
      const played = playedBy(policies[2], { ...options, maxSteps: 40 + 5 * rate });
      const gain = played.rewards.subarray(40).reduce((sum, reward) => sum + reward, 0);
      expect(outcome).toEqual({
        ...{ count: 1, mean: gain, least: gain, most: gain },
        ends: played.terminated ? 1 : 0,
      });
    }
    expect(why.lines.map(({ action }) => action)).toEqual([0, 1, 2]);
    stage.dispatch({ type: "play" });
    why.update();
    expect(why.problem).toBe("Pause to ask about a decision.");
    expect(why.lines).toEqual([]);
  });
});

describe("human against agent", () => {
  /** A duel that has been counted down. */
  async function begun() {
    const { session, stage, host, performances } = await setting(20);
    const ratings = new Ratings(session, host, () => {});
    const duel = new Duel({ session, stage, performances, ratings }, () => {});
    duel.toggle();
    await host.settle(() => duel.tick(0));
    expect(duel.phase).toBe("countdown");
    for (let i = 0; i < 40 && duel.phase === "countdown"; i++) duel.tick(0.1);
    expect(duel.phase).toBe("playing");
    return { duel, host, stage };
  }

  test("keys are the person's decisions; the agent plays the same seed beside", async () => {
    const { duel } = await begun();
    duel.person?.controls.press("ArrowLeft");
    for (let i = 0; i < 10; i++) duel.tick(0.1);
    const left = breakout.create().spec.keys?.["ArrowLeft"];
    const { episode } = duel.person ?? {};
    expect(episode?.length).toBe(15);
    expect([...Array(15).keys()].map((step) => episode?.action(step))).toEqual(
      Array(15).fill(left),
    );
    expect(duel.agent?.replay.seed).toBe(duel.person?.episode.seed);
    const own = playedBy(policies[2], { seed: duel.seed, greedy: true, maxSteps: 15 });
    expect(duel.agentScore).toBe(own.return);
  });

  test("ends with the person's game, counts, rates, and gives the stage back", async () => {
    const { duel, host, stage } = await begun();
    for (let i = 0; i < 2000 && duel.phase === "playing"; i++) duel.tick(0.1);
    expect(duel.phase).toBe("over");
    const agent = playedBy(policies[2], { seed: duel.seed, greedy: true }).return;
    const person = playedBy(policies[0], { seed: duel.seed, greedy: true }).return; // it stands still
    expect(duel.results).toEqual([{ seed: duel.seed, steps: 200, person, agent }]);
    await host.settle(() => duel.tick(0.1));
    expect(duel.ratings.progress).toEqual({ done: 48, all: 48 });
    const { seed: first } = duel;
    duel.again();
    expect(duel.seed).not.toBe(first);
    duel.close();
    expect([stage.step, stage.state.mode]).toEqual([20, "paused"]);
  });
});
