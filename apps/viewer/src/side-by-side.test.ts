/** Two to four boards on one clock: what they play and where they part. Without a page, and without networks. */
import { encodeReplay } from "@carom/envs";
import { describe, expect, test } from "vitest";
import { followTheBall } from "./model/testing.js";
import { ApiError } from "./net/api.js";
import { policyKey } from "./policy/protocol.js";
import {
  beside,
  entry,
  live,
  pastTheEnd,
  playedBy,
  policies,
  recorded,
  seed,
  setting,
  turns,
} from "./policy-testing.js";
import { SideBySide } from "./side-by-side.js";

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

describe("boards side by side of an address", () => {
  async function asked(on: readonly string[], step: number) {
    const made = await setting();
    const sideBySide = new SideBySide(made, () => {});
    const { session, stage, host } = made;
    session.listedPolicies = false;
    sideBySide.show({ episode: entry.id, step, boards: { seed: 99, on } });
    sideBySide.update();
    expect(sideBySide.on).toBe(false); // what the run has kept is not known yet
    session.listedPolicies = true;
    sideBySide.update();
    await turns(); // the list of runs
    await host.settle(() => sideBySide.update());
    return { sideBySide, stage };
  }

  test("come beside its episode, and stand at its decision", async () => {
    const on = policies.slice(0, 2).map((policy) => `policy ${policyKey(policy)}`);
    const { sideBySide, stage } = await asked(on, 17);
    expect([sideBySide.on, sideBySide.seed, stage.step]).toEqual([true, 99, 17]);
    expect(sideBySide.members.map(({ id, show }) => [id, show?.replay.seed])).toEqual([
      [on[0], 99],
      [on[1], 99],
    ]);
    expect(sideBySide.shown()).toEqual({ episode: entry.id, step: 17, boards: { seed: 99, on } });
    sideBySide.toggle();
    expect([sideBySide.shown(), stage.episodeId]).toEqual([undefined, entry.id]);
  });

  test("do not come beside an episode of another run that has the same number", async () => {
    const { session, stage, performances, others } = await setting();
    const sideBySide = new SideBySide({ session, stage, performances, others }, () => {});
    session.listedPolicies = true;
    const boards = { seed: 1, on: ["newest other-1", `episode ${entry.id}`] };
    sideBySide.show({ episode: entry.id, step: 0, run: "other-2", boards });
    sideBySide.update();
    expect([sideBySide.on, sideBySide.shown()]).toEqual([false, undefined]);
  });

  test("say what is no longer there", async () => {
    const { sideBySide } = await asked(["episode 12345", "policy 77-1@gone-1@2026"], 3);
    expect(sideBySide.members.map(({ problem }) => problem)).toEqual([
      "This episode is no longer kept.",
      "This run is not there any more.",
    ]);
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
