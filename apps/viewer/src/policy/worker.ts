/**
 * The policy worker: holds the run's game and the policies that were loaded, be they of runs beside it,
 * and answers questions, the newest first. A question is worked at in slices, so that a newer one or a cancellation gets through.
 * Not here: what an answer is (assess.ts, play.ts), the page's side (host.ts).
 */
import type { RunFacts } from "@carom/runs/formats";
import { type Device, openDevice } from "@carom/tensor";
import { openApi } from "../net/api.js";
import { gameOfRun } from "../net/game.js";
import { RunPolicy, type Subject } from "./agent.js";
import { answer } from "./answer.js";
import type { FromWorker, PolicyKey, Question, Result, Thoughts, ToWorker } from "./protocol.js";

/** Milliseconds worked before messages are looked at. */
const SLICE_MS = 12;
/** Policies that stay ready; further ones are made again when asked for. */
const MOST_READY = 24;

interface Job {
  readonly id: number;
  readonly question: Question;
  work: Generator<Thoughts | undefined, Result> | undefined;
}

const device: Device = openDevice("reference");
const loaded: Map<PolicyKey, Extract<ToWorker, { type: "load" }>> = new Map();
/** In the order in which they were last used. */
const ready: Map<PolicyKey, RunPolicy> = new Map();
let run: Extract<ToWorker, { type: "run" }> | undefined;
let subject: Promise<Subject> | undefined;
let jobs: Job[] = [];
let isWorking = false;

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "run") {
    forget();
    run = data;
    subject = undefined;
    void subjectNow(); // what is wrong with it is told to whoever asks
  } else if (data.type === "load") loaded.set(data.policy, data);
  else if (data.type === "cancel") {
    for (const job of jobs) if (job.id === data.id) finish(job);
  } else {
    jobs.push({ id: data.id, question: data.question, work: undefined });
    if (!isWorking) void work();
  }
});

/** What is asked about; if it cannot be had, whoever asks next tries again. */
function subjectNow(): Promise<Subject> {
  if (run === undefined) throw new Error("policy worker: no run is known yet");
  if (subject) return subject;
  const loading = subjectOf(run);
  loading.catch(() => {
    if (subject === loading) subject = undefined;
  });
  subject = loading;
  return loading;
}

async function subjectOf({
  run: facts,
  address,
}: Extract<ToWorker, { type: "run" }>): Promise<Subject> {
  const game = await gameOfRun(facts, openApi(new URL(address)));
  return { game, variant: facts.variant, ...makingOf(facts) };
}

/** What a run's policies were made with. A run beside the page's has its own, for the same game. */
function makingOf({ algo, config }: RunFacts): Pick<Subject, "algo" | "config"> {
  return { algo, config: config as Subject["config"] };
}

function forget(): void {
  for (const job of jobs) finish(job);
  for (const policy of ready.values()) policy.dispose();
  ready.clear();
  loaded.clear();
}

async function work(): Promise<void> {
  isWorking = true;
  for (let job = jobs.at(-1); job !== undefined; job = jobs.at(-1)) {
    try {
      const of = await subjectNow();
      if (jobs.includes(job)) slice(job, of); // it may have been cancelled meanwhile
    } catch (error) {
      finish(job);
      const message = error instanceof Error ? error.message : String(error);
      send({ type: "failed", id: job.id, message }, []);
    }
    await turn();
  }
  isWorking = false;
}

/** Works at a question until it is answered or it is time to listen. */
function slice(job: Job, of: Subject): void {
  const began = performance.now();
  job.work ??= answer(readyPolicy(job.question.policy, of), job.question);
  while (performance.now() - began < SLICE_MS) {
    const next = job.work.next();
    if (next.done) {
      finish(job);
      send({ type: "done", id: job.id, result: next.value }, buffersOf(next.value));
      return;
    }
    if (next.value) send({ type: "part", id: job.id, part: next.value }, buffersOf(next.value));
  }
}

function readyPolicy(name: PolicyKey, of: Subject): RunPolicy {
  const known = ready.get(name);
  ready.delete(name);
  const data = loaded.get(name);
  if (data === undefined) throw new Error(`policy worker: policy ${name} was not loaded`);
  const subject = data.run ? { ...of, ...makingOf(data.run) } : of;
  const policy = known ?? new RunPolicy(subject, data.bytes, device);
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
function finish(job: Job): void {
  jobs = jobs.filter((one) => one !== job);
  job.work?.return(undefined as never); // nobody reads the result
}

function send(message: FromWorker, transfer: Transferable[]): void {
  postMessage(message, { transfer });
}

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
