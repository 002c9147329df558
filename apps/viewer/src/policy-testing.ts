/**
 * What stands around tools that ask policies, for their tests: a run with one episode and three policies,
 * and players for policies, who follow the ball for as many decisions as they have been trained, and then
 * stand still.
 */
import { encodeReplay, findGame, makeReplay } from "@carom/envs";
import type { PolicyEntry, RunFacts } from "@carom/runs/formats";
import type { EpisodeEntry } from "./model/episodes.js";
import { followTheBall } from "./model/testing.js";
import type { Api } from "./net/api.js";
import { quietApi } from "./net/testing.js";
import { OtherPolicies } from "./other-policies.js";
import { Performances } from "./performances.js";
import { type Asked, Cancelled, type PolicyHost } from "./policy/host.js";
import { type Played, type PlayOptions, policyKey } from "./policy/protocol.js";
import { RunList } from "./run-list.js";
import { Session } from "./session.js";
import { Stage } from "./stage.js";

export const breakout = findGame("breakout");
export const seed = 4;
export const recorded = makeReplay({ seed, actions: followTheBall(seed, 300) }, breakout);
export const entry: EpisodeEntry = {
  ...{ id: "7", env: 2, episode: 12, seed, length: 300, return: recorded.return },
  ...{ terminated: false, steps: 5000, reason: "newest" },
};
export const facts: RunFacts = {
  ...{ id: "run", game: "breakout", variant: breakout.defaultVariant, algo: "ppo", seed: 1 },
  ...{ gameVersion: recorded.version, config: {}, device: "cpu", threads: 1, totalSteps: 1e6 },
  ...{ versions: {}, status: "finished", steps: 9000, startedAt: "2026-01-01T00:00:00Z" },
};
/** A run of the same game beside it, whose policies have the same numbers as the run's own. */
export const beside: RunFacts = {
  ...{ ...facts, id: "beside", algo: "dqn", seed: 2, startedAt: "2026-01-02T00:00:00Z" },
};
export const policies: readonly PolicyEntry[] = [0, 60, 200].map((steps, i) => ({
  ...{ id: String(i), steps, score: null, bytes: 1, crc: i },
}));

export const api: Api = {
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
export function playedBy(
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
export class PlayerHost implements Pick<PolicyHost, "play"> {
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
export async function setting(step = 0) {
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

export const turns = () => new Promise((resolve) => setTimeout(resolve, 10));

/** The same, while the training goes on and the stage follows it. */
export async function live() {
  const made = await setting();
  made.session.facts = { ...facts, status: "running" };
  made.session.episodes = [entry];
  made.stage.dispatch({ type: "live" });
  if (made.stage.state.mode !== "live") throw new Error("live: the stage does not follow");
  return made;
}

/** A newer episode is kept, and so much time goes by that a live stage would show it. */
export async function pastTheEnd(stage: Stage, session: Session): Promise<void> {
  session.episodes = [{ ...entry, id: "8", steps: 6000 }, entry];
  for (let i = 0; i < 60; i++) stage.tick(1);
  await turns();
}

export const performer = (stage: Stage): number | undefined =>
  stage.show?.kind === "recorded" ? stage.show.performer?.steps : undefined;
