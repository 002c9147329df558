/**
 * The page's side of who answers for policies: a worker as a rule (port.ts). It, and with it all code of
 * agents and tensors, is only loaded with the first question. Questions are answered newest first; one that
 * nobody needs any more is cancelled.
 */
import type { RunFacts } from "@carom/runs/formats";
import type { PolicyPort } from "./port.js";
import {
  type Answers,
  type Assessed,
  type FromWorker,
  type KeptPolicy,
  type Played,
  type PlayOptions,
  type PolicyKey,
  policyKey,
  type Question,
  type Result,
  type Script,
  type Thoughts,
} from "./protocol.js";

/** A question under way. */
export interface Asked<T> {
  /** Rejects with an Error whose message is for the reader; with `Cancelled` after `cancel`. */
  readonly done: Promise<T>;
  /** Nobody waits for the answer any more. Idempotent. */
  cancel(): void;
}

/** The question was cancelled, or its run is gone. */
export class Cancelled extends Error {
  override readonly name: string = "Cancelled";
}

/** What the host needs of the page. */
export interface HostOptions {
  /** The run of the page; undefined while it is not known. */
  readonly run: () => RunFacts | undefined;
  /** Bytes of a policy. */
  readonly fetch: (entry: KeptPolicy) => Promise<Uint8Array<ArrayBuffer>>;
  /** Address of the page, token included. */
  readonly address: string;
  /** The game's module, where it came with the episode and no server has it. */
  readonly gameCode?: Uint8Array | undefined;
  /** Opens the way to who answers. */
  readonly open: () => PolicyPort;
}

interface Pending {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
  readonly onPart: ((part: Thoughts) => void) | undefined;
}

export class PolicyHost {
  private readonly options: HostOptions;
  private readonly pending: Map<number, Pending> = new Map();
  private readonly loaded: Map<PolicyKey, Promise<void>> = new Map();
  private port: PolicyPort | undefined;
  private run: string | undefined;
  private lastId = 0;

  constructor(options: HostOptions) {
    this.options = options;
  }

  /** What a policy thinks of an episode; thoughts come in parts, in order. */
  assess(policy: KeptPolicy, script: Script, onPart?: (part: Thoughts) => void): Asked<Assessed> {
    return this.ask<Assessed>(policy, (key) => ({ kind: "assess", policy: key, script }), onPart);
  }

  /** An episode that a policy plays. */
  play(policy: KeptPolicy, options: PlayOptions): Asked<Played> {
    return this.ask<Played>(policy, (key) => ({ kind: "play", policy: key, options }));
  }

  /** What each layer of a policy's network gives at a decision of an episode. */
  layers(policy: KeptPolicy, script: Script, step: number): Asked<Answers["layers"]> {
    return this.ask<Answers["layers"]>(policy, (key) => {
      return { kind: "layers", policy: key, script, step };
    });
  }

  /** What in the observation of a decision a policy's answer hangs on. */
  saliency(policy: KeptPolicy, script: Script, step: number): Asked<Answers["saliency"]> {
    return this.ask<Answers["saliency"]>(policy, (key) => {
      return { kind: "saliency", policy: key, script, step };
    });
  }

  /** Ends the worker; questions under way are cancelled. */
  dispose(): void {
    this.port?.close();
    this.port = undefined;
    this.forget(new Cancelled("the page has ended it"));
  }

  private ask<T extends Result>(
    entry: KeptPolicy,
    question: (key: PolicyKey) => Question,
    onPart?: (part: Thoughts) => void,
  ): Asked<T> {
    const id = ++this.lastId;
    let port: PolicyPort;
    try {
      port = this.open();
    } catch (error) {
      // The run is not known, or the browser starts no worker for this page.
      return { done: Promise.reject(error), cancel: () => {} };
    }
    const done = new Promise<Result>((resolve, reject) => {
      this.pending.set(id, { resolve, reject, onPart });
    });
    void this.load(port, entry).then(
      () => {
        if (!this.pending.has(id)) return;
        port.post({ type: "ask", id, question: question(policyKey(entry)) });
      },
      (error: Error) => this.settle(id)?.reject(error),
    );
    return {
      done: done as Promise<T>,
      cancel: () => {
        const pending = this.settle(id);
        if (!pending) return;
        port.post({ type: "cancel", id });
        pending.reject(new Cancelled("nobody waits for it"));
      },
    };
  }

  /** The way to who answers for the run of this moment. */
  private open(): PolicyPort {
    const { options } = this;
    const run = options.run();
    if (!run) throw new Error("The run is not known yet.");
    const name = `${run.id} ${run.startedAt}`;
    const port = this.port ?? this.start();
    if (this.run !== name) {
      this.forget(new Cancelled("the run is another"));
      this.run = name;
      const { address, gameCode } = options;
      port.post({ type: "run", run, address, ...(gameCode && { gameCode }) });
    }
    return port;
  }

  private start(): PolicyPort {
    const port = this.options.open();
    port.onMessage = (message) => this.heard(message);
    port.onError = (why) => {
      port.close();
      this.port = undefined;
      this.forget(new Error(`its worker stopped (${why || "it could not be loaded"})`));
    };
    this.port = port;
    return port;
  }

  private load(port: PolicyPort, entry: KeptPolicy): Promise<void> {
    const policy = policyKey(entry);
    const known = this.loaded.get(policy);
    if (known) return known;
    const run = entry.run && { run: entry.run };
    const loading = this.options.fetch(entry).then((bytes) => {
      port.post({ type: "load", policy, bytes, ...run }, [bytes.buffer]);
    });
    this.loaded.set(policy, loading);
    loading.catch(() => this.loaded.delete(policy));
    return loading;
  }

  private heard(message: FromWorker): void {
    if (message.type === "part") this.pending.get(message.id)?.onPart?.(message.part);
    else if (message.type === "done") this.settle(message.id)?.resolve(message.result);
    else this.settle(message.id)?.reject(new Error(message.message));
  }

  private settle(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    return pending;
  }

  private forget(why: Error): void {
    for (const { reject } of this.pending.values()) reject(why);
    this.pending.clear();
    this.loaded.clear();
    this.run = undefined;
  }
}
