/** What is done with kept policies, without a page and without networks. */
import { describe, expect, test } from "vitest";
import { Duel } from "./duel.js";
import { PrimitiveList } from "./model/primitives.js";
import {
  breakout,
  entry,
  facts,
  live,
  pastTheEnd,
  performer,
  playedBy,
  policies,
  recorded,
  seed,
  setting,
  turns,
} from "./policy-testing.js";
import { Ratings } from "./ratings.js";
import { TimeMachine } from "./time-machine.js";
import { Why } from "./why.js";

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
