/**
 * Where questions about policies are answered: holds the run's game and the policies that were loaded, be
 * they of runs beside it, and works at questions in slices, the newest first, so that a newer one or a
 * cancellation gets through. Sits in a worker (worker.ts) or, where there is none to be had, in the page
 * (port.ts). Not here: what an answer is (assess.ts, play.ts), the page's side (host.ts).
 */
import type { GameDefinition } from "@carom/envs";
import type { RunFacts } from "@carom/runs/formats";
import { type Device, openDevice } from "@carom/tensor";
import { ApiError, openApi } from "../net/api.js";
import { type GameSource, gameOfRun } from "../net/game.js";
import { RunPolicy, type Subject } from "./agent.js";
import { answer } from "./answer.js";
import type { FromWorker, PolicyKey, Question, Result, Thoughts, ToWorker } from "./protocol.js";

/** Milliseconds worked before messages are looked at. */
const SLICE_MS = 12;
/** Policies that stay ready; further ones are made again when asked for. */
const MOST_READY = 24;

type RunMessage = Extract<ToWorker, { type: "run" }>;
type LoadMessage = Extract<ToWorker, { type: "load" }>;

/** What takes answers; the transferables may be handed over instead of copied. */
export type Send = (message: FromWorker, transfer: Transferable[]) => void;

interface Job {
  readonly id: number;
  readonly question: Question;
  work: Generator<Thoughts | undefined, Result> | undefined;
}

export class Desk {
  private readonly send: Send;
  private readonly definition: (() => GameDefinition | undefined) | undefined;
  private readonly device: Device = openDevice("reference");
  private readonly loaded: Map<PolicyKey, LoadMessage> = new Map();
  /** In the order in which they were last used. */
  private readonly ready: Map<PolicyKey, RunPolicy> = new Map();
  private run: RunMessage | undefined;
  private subject: Promise<Subject> | undefined;
  private jobs: Job[] = [];
  private isWorking = false;

  /** @param definition the run's game, where it is at hand: in the page of whoever wrote it */
  constructor(send: Send, definition?: () => GameDefinition | undefined) {
    this.send = send;
    this.definition = definition;
  }

  /** Takes a message; whatever it asks for is answered later. */
  hear(message: ToWorker): void {
    switch (message.type) {
      case "run":
        this.forget();
        this.run = message;
        this.subject = undefined;
        void this.subjectNow(); // what is wrong with it is told to whoever asks
        break;
      case "load":
        this.loaded.set(message.policy, message);
        break;
      case "cancel":
        for (const job of this.jobs) if (job.id === message.id) this.finish(job);
        break;
      case "ask":
        this.jobs.push({ id: message.id, question: message.question, work: undefined });
        if (!this.isWorking) void this.work();
        break;
      default:
        message satisfies never;
    }
  }

  /** Ends what is under way and frees what was made. */
  dispose(): void {
    this.forget();
    this.device.dispose();
  }

  /** What is asked about; if it cannot be had, whoever asks next tries again. */
  private subjectNow(): Promise<Subject> {
    if (this.run === undefined) throw new Error("policy worker: no run is known yet");
    if (this.subject) return this.subject;
    const loading = subjectOf(this.run, this.definition?.());
    loading.catch(() => {
      if (this.subject === loading) this.subject = undefined;
    });
    this.subject = loading;
    return loading;
  }

  private forget(): void {
    for (const job of this.jobs) this.finish(job);
    for (const policy of this.ready.values()) policy.dispose();
    this.ready.clear();
    this.loaded.clear();
  }

  private async work(): Promise<void> {
    this.isWorking = true;
    for (let job = this.jobs.at(-1); job !== undefined; job = this.jobs.at(-1)) {
      try {
        const of = await this.subjectNow();
        if (this.jobs.includes(job)) this.slice(job, of); // it may have been cancelled meanwhile
      } catch (error) {
        this.finish(job);
        const message = error instanceof Error ? error.message : String(error);
        this.send({ type: "failed", id: job.id, message }, []);
      }
      await turn();
    }
    this.isWorking = false;
  }

  /** Works at a question until it is answered or it is time to listen. */
  private slice(job: Job, of: Subject): void {
    const began = performance.now();
    job.work ??= answer(this.readyPolicy(job.question.policy, of), job.question);
    while (performance.now() - began < SLICE_MS) {
      const next = job.work.next();
      if (next.done) {
        this.finish(job);
        this.send({ type: "done", id: job.id, result: next.value }, buffersOf(next.value));
        return;
      }
      const part = next.value;
      if (part) this.send({ type: "part", id: job.id, part }, buffersOf(part));
    }
  }

  private readyPolicy(name: PolicyKey, of: Subject): RunPolicy {
    const { ready, jobs } = this;
    const known = ready.get(name);
    ready.delete(name);
    const data = this.loaded.get(name);
    if (data === undefined) throw new Error(`policy worker: policy ${name} was not loaded`);
    const subject = data.run ? { ...of, ...makingOf(data.run) } : of;
    const policy = known ?? new RunPolicy(subject, data.bytes, this.device);
    ready.set(name, policy);
    const oldest = ready.keys().next().value;
    const isInUse = jobs.some(({ question, work }) => work && question.policy === oldest);
    if (ready.size > MOST_READY && oldest !== undefined && !isInUse) {
      ready.get(oldest)?.dispose();
      ready.delete(oldest);
    }
    return policy;
  }

  /** Takes a question off the list; what it has made for itself ends with it. */
  private finish(job: Job): void {
    this.jobs = this.jobs.filter((one) => one !== job);
    job.work?.return(undefined as never); // nobody reads the result
  }
}

async function subjectOf(
  { run: facts, address, gameCode }: RunMessage,
  definition: GameDefinition | undefined,
): Promise<Subject> {
  const game = await gameOfRun(facts, { ...sourceOf(facts, address, gameCode), definition });
  return { game, variant: facts.variant, ...makingOf(facts) };
}

/** Only a game of the run's own is asked for: a page without an address of its own has all others. */
function sourceOf(facts: RunFacts, address: string, code: Uint8Array | undefined): GameSource {
  if (code) return moduleOf(code);
  return facts.gameFile ? openApi(new URL(address)) : nowhere;
}

/** What a run's policies were made with. A run beside the page's has its own, for the same game. */
function makingOf({ algo, config }: RunFacts): Pick<Subject, "algo" | "config"> {
  return { algo, config: config as Subject["config"] };
}

/**
 * A game whose module is at hand, without a server. The address has to be made here: one that the page of a
 * file has made, its worker may not import.
 */
function moduleOf(code: Uint8Array): GameSource {
  const blob = new Blob([code as BlobPart], { type: "text/javascript" });
  return { ...nowhere, gameAddress: () => URL.createObjectURL(blob) };
}

const nowhere: GameSource = {
  gameAddress: () => {
    throw new Error("It came without its game.");
  },
  game: () => Promise.reject(new ApiError("There is no server.", 0)),
};

/** Memory that can be handed over instead of copied. */
function buffersOf(answered: object | undefined): Transferable[] {
  return Object.values(answered ?? {}).flatMap((value: unknown) => {
    if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
    return typeof value === "object" && value !== null ? buffersOf(value) : [];
  });
}

/** Resolves after the messages that have come meanwhile. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
