/**
 * A run without a trainer: real games, a real run folder and the real server, but a scripted player
 * that gets better with time instead of a network that learns. For working on the page, and for
 * tests of it.
 *
 * The player follows what the observation calls "ball x" with its "paddle x", the more often the
 * further the run is; games without those are played at random. Losses are invented, scores and
 * episodes are not.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  actionWidth,
  type EpisodeRecord,
  encodeReplay,
  findGame,
  key,
  LocalVectorEnv,
  makeReplay,
  nextFloat,
  type ObservationArray,
  sampleAction,
  seedRandom,
} from "@carom/envs";
import { createRun, keepDemonstration, openShelf, type Run } from "@carom/runs";
import type { ControlVerb, EpisodeEntry, LiveBoard } from "@carom/runs/formats";
import { type RunControl, type Server, type ServerOptions, startServer } from "@carom/server";

export interface ScriptedRunOptions {
  readonly game?: string;
  readonly variant?: string;
  readonly seed?: number;
  /** Games played side by side. */
  readonly games?: number;
  /** Decisions of each game per tick of 50 ms. */
  readonly pace?: number;
  /** Env steps until the run is finished. */
  readonly totalSteps?: number;
  /** Share of the skill that the player has from the start, 0..1. */
  readonly talent?: number;
  /** Port to try first; 0 lets the system choose. */
  readonly port?: number;
  /** Folder of the built page. */
  readonly staticDir?: string;
  /** More of the run's configuration: shown on the page, without effect. */
  readonly config?: Readonly<Record<string, string | number>>;
  /** Whether viewers may keep demonstrations. */
  readonly takesDemonstrations?: boolean;
  /** Whether the page may pause, save and stop. */
  readonly control?: boolean;
  /** Further origins that may call, e.g. of a development server. */
  readonly allowOrigins?: readonly string[];
}

export interface ScriptedRun {
  /** Address of the page, token included; the same after `restart`. */
  readonly url: string;
  readonly run: Run;
  /** Every episode that was kept, with its actions: what a test compares the page with. */
  readonly kept: ReadonlyMap<string, EpisodeRecord>;
  /** Plays a number of ticks at once, without waiting for time to pass. */
  hurry(ticks: number): void;
  /** Ends all connections and gives the port back; the games go on. */
  stopServer(): Promise<void>;
  /** Serves again, at the same address. */
  startServer(): Promise<void>;
  close(): Promise<void>;
}

/** Env steps per second are measured and told once per so many ticks. */
const TICKS_PER_ROW = 4;
const TICK = 50;

export async function startScriptedRun(options: ScriptedRunOptions = {}): Promise<ScriptedRun> {
  const folder = mkdtempSync(join(tmpdir(), "carom-scripted-"));
  const player = new ScriptedPlayer(options, folder);
  const token = randomBytes(16).toString("hex");
  const shelf = openShelf(folder);
  const more = { shelf, ...(options.control === true ? { control: player.control } : {}) };
  const serve = (port: number) =>
    startServer({ ...serverOptions(options, player.run, port, token), ...more });
  let server: Server | undefined = await serve(options.port ?? 0);
  const { port, url } = server;
  const timer = setInterval(() => {
    if (!player.isPaused) player.tick();
    const { boards, fromStart } = server?.wish() ?? { boards: 0, fromStart: false };
    if (boards > 0) server?.publishLive(player.look(boards, fromStart), player.steps);
  }, TICK);
  const stopServer = async () => {
    await server?.close();
    server = undefined;
  };
  return {
    ...{ url, run: player.run, kept: player.kept, stopServer },
    hurry: (ticks) => {
      for (let i = 0; i < ticks; i++) player.tick();
    },
    startServer: async () => {
      server ??= await serve(port);
    },
    close: async () => {
      clearInterval(timer);
      await stopServer();
      shelf.close();
      player.run.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function serverOptions(
  {
    staticDir,
    allowOrigins = [],
    game = "breakout",
    takesDemonstrations = true,
  }: ScriptedRunOptions,
  source: Run,
  port: number,
  token: string,
): ServerOptions {
  const onDemonstration = (replay: Uint8Array) => keepDemonstration(source, findGame(game), replay);
  const control = takesDemonstrations ? { onDemonstration } : {};
  const usual = { source, port, token, allowOrigins, ...control };
  return staticDir === undefined ? usual : { ...usual, staticDir };
}

/** Plays, measures and keeps. */
class ScriptedPlayer {
  readonly run: Run;
  readonly kept: Map<string, EpisodeRecord> = new Map();
  steps = 0;
  isPaused = false;
  /** What the page may ask: paused and stopped for real, checkpoints as events only. */
  readonly control: RunControl = { request: (verb) => this.obey(verb) };
  private readonly options: Required<Pick<ScriptedRunOptions, "pace" | "totalSteps" | "talent">>;
  private readonly env: LocalVectorEnv;
  private readonly game: ReturnType<typeof findGame>;
  private readonly variant: string;
  private readonly random = new Uint32Array(4);
  private readonly ball: number;
  private readonly paddle: number;
  private readonly sent: { episode: number; bytes: number }[] = [];
  private readonly latest: number[] = [];
  private best = Number.NEGATIVE_INFINITY;
  private episodes = 0;
  private ticks = 0;
  private rowAt = performance.now();
  private rowSteps = 0;
  private seconds = 0;

  constructor(options: ScriptedRunOptions, folder: string) {
    const { game = "breakout", seed = 1, games = 64 } = options;
    const { pace = 12, totalSteps = 12_000_000, talent = 0 } = options;
    this.options = { pace, totalSteps, talent };
    this.game = findGame(game);
    this.variant = options.variant ?? this.game.defaultVariant;
    const root = key(seed);
    seedRandom(this.random, root.child("player").toSeed());
    const { variant } = this;
    const onEpisode = (record: EpisodeRecord) => this.ended(record);
    this.env = new LocalVectorEnv(this.game, { count: games, key: root, variant, onEpisode });
    this.env.reset();
    const names = this.env.spec.observation.names ?? [];
    this.ball = names.indexOf("ball x");
    this.paddle = names.indexOf("paddle x");
    this.run = createRun(join(folder, `${game}-scripted-${seed}`), {
      ...{ game, variant, gameVersion: this.env.spec.version, algo: "scripted", seed },
      config: { envs: games, pace, talent, ...options.config },
      ...{ device: "cpu", threads: 1, totalSteps, versions: { node: process.versions.node } },
    });
  }

  tick(): void {
    if (this.steps >= this.options.totalSteps) return;
    for (let i = 0; i < this.options.pace; i++) this.decide();
    this.ticks++;
    if (this.ticks % TICKS_PER_ROW === 0) this.measure();
    if (this.steps < this.options.totalSteps) return;
    this.run.update({ status: "finished", steps: this.steps });
  }

  /** What happened in the first `count` games since the last look. */
  look(count: number, fromStart: boolean): LiveBoard[] {
    if (fromStart) this.sent.length = 0;
    const boards: LiveBoard[] = [];
    for (let env = 0; env < Math.min(count, this.env.count); env++) {
      const { episode, seed, actions } = this.env.current(env);
      const before = this.sent[env];
      const reset = before?.episode !== episode;
      const from = reset ? 0 : before.bytes;
      boards.push({ env, episode, seed, from, actions: actions.slice(from), reset });
      this.sent[env] = { episode, bytes: actions.length };
    }
    return boards;
  }

  private obey(verb: ControlVerb): { accepted: boolean; message: string } {
    const { run, steps } = this;
    if ((verb === "pause") === this.isPaused && (verb === "pause" || verb === "resume")) {
      return { accepted: false, message: "The training stands so already." };
    }
    run.addEvent({ kind: "control", verb, by: "viewer", steps });
    if (verb === "save") run.addEvent({ kind: "saved", steps });
    else this.isPaused = verb !== "resume";
    if (verb === "pause" || verb === "resume") {
      run.update({ status: verb === "pause" ? "paused" : "running" });
    } else if (verb === "stop") run.update({ status: "stopped", steps });
    return { accepted: true, message: `The scripted run takes "${verb}".` };
  }

  private get progress(): number {
    return Math.min(1, this.steps / this.options.totalSteps);
  }

  private decide(): void {
    const { env } = this;
    const { observations, actions, spec } = env;
    const skill = Math.min(0.97, this.options.talent + 0.97 * this.progress ** 0.4);
    const width = actionWidth(spec.actions);
    for (let i = 0; i < env.count; i++) {
      const at = i * spec.observation.size;
      const follows = this.ball >= 0 && nextFloat(this.random) < skill;
      const action = follows ? this.follow(observations, at) : this.any(i);
      if (typeof action === "number") actions[i] = action;
      else actions.set(action, i * width);
    }
    env.step();
    this.steps += env.count;
  }

  /** 0 stay, 1 left, 2 right. */
  private follow(observations: ObservationArray, at: number): number {
    const gap = observations[at + this.ball] - observations[at + this.paddle] - 0.07;
    return Math.abs(gap) < 0.03 ? 0 : gap < 0 ? 1 : 2;
  }

  /** A random action for game `i`, one of those allowed where not all are. */
  private any(i: number): ReturnType<typeof sampleAction> {
    const { env, random } = this;
    for (;;) {
      const action = sampleAction(env.spec.actions, random);
      if (typeof action !== "number" || !env.masks) return action;
      if (env.masks[(i * env.masks.length) / env.count + action] === 1) return action;
    }
  }

  private ended(record: EpisodeRecord): void {
    this.episodes++;
    this.best = Math.max(this.best, record.return);
    this.latest.push(record.return);
    if (this.latest.length > 100) this.latest.shift();
    const { env, episode, seed, length, terminated } = record;
    const facts = {
      env,
      episode,
      seed,
      length,
      terminated,
      return: record.return,
      steps: this.steps,
    };
    const reason = this.run.considerEpisode(facts);
    if (!reason) return;
    const replay = makeReplay(record, this.game, { variant: this.variant, pictures: true });
    const entry: EpisodeEntry | undefined = this.run.addEpisode(
      encodeReplay(replay),
      facts,
      reason,
    );
    if (entry) this.kept.set(entry.id, record);
  }

  private measure(): void {
    const now = performance.now();
    const seconds = Math.max(1e-3, (now - this.rowAt) / 1000);
    this.seconds += seconds;
    const left = 1 - this.progress;
    const noise = () => nextFloat(this.random) - 0.5;
    const mean = this.latest.reduce((sum, one) => sum + one, 0) / Math.max(1, this.latest.length);
    this.run.appendMetrics({
      ...{ steps: this.steps, seconds: this.seconds, episodes: this.episodes },
      stepsPerSecond: (this.steps - this.rowSteps) / seconds,
      ...(this.latest.length > 0 ? { score: mean, best: this.best } : {}),
      policyLoss: -0.012 * left + 0.006 * noise(),
      valueLoss: 0.08 + 0.9 * left ** 3 + 0.25 * left * noise() ** 2,
      entropy: 0.25 + 0.83 * left + 0.03 * noise(),
      approxKl: 0.004 + 0.012 * nextFloat(this.random) ** 2,
      gradNorm: 0.4 + left + 0.3 * noise(),
      clipFraction: 0.06 + 0.1 * left + 0.05 * noise(),
      explainedVariance: 0.93 - 0.9 * left ** 6 + 0.04 * noise(),
      ...{ timeGame: 0.34, timePolicy: 0.24, timeLearn: 0.42 },
      ...{ memoryProcess: process.memoryUsage.rss(), diskFree: 7e10 },
    });
    this.rowAt = now;
    this.rowSteps = this.steps;
  }
}
