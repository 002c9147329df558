/**
 * The connected viewers. Live boards are lossy: a viewer whose connection is full gets no frame,
 * and the next frame it gets starts where its last one ended. Messages are few and small: "there is
 * more", coalesced; the viewer fetches over HTTP. Nothing here waits for a viewer.
 */
import type { RunChange, RunSource } from "@carom/runs";
import {
  type ControlFacts,
  decodeClientMessage,
  encodeJson,
  encodeLiveFrame,
  type LiveBoard,
  type ServerMessage,
} from "@carom/runs/formats";
import { WebSocket } from "ws";
import type { LiveWish } from "./api.js";
import { type Cursors, LiveHistory, nothingYet } from "./live-history.js";

/** Bytes that may wait for a viewer before live frames are dropped. */
const maxBuffered = 1 << 20;
/** Bytes that may wait for a viewer before it is let go. */
const hopelesslyBuffered = 8 << 20;
/** Bytes of actions in a frame; what is more follows in the next one. */
const frameBudget = 256 << 10;
const heartbeatMs = 5000;
/** Heartbeats without an answer after which a viewer counts as gone. */
const maxMissed = 2;
/** "There is more" is said at most every so many milliseconds. */
const coalesceMs = 100;
/** Viewers that are served as often as there is something; the more there are beyond, the less often each. */
const servedAtOnce = 8;
/** Messages a viewer may send per second. */
const maxMessagesPerSecond = 50;

const closePolicy = 1008;
const closeGoingAway = 1001;

interface Viewer {
  readonly socket: WebSocket;
  cursors: Cursors;
  boards: number;
  missedHeartbeats: number;
  /** Messages since the last second began, for the limit. */
  messages: number;
  messagesSince: number;
  /** True while a frame's bytes are being handed to the system and more is to follow. */
  isPumping: boolean;
  /** When it got its last frame, in milliseconds. */
  servedAt: number;
}

/** A frame for all viewers that are equally far, and how far they are with it. */
interface Frame {
  readonly bytes: Uint8Array;
  readonly next: Cursors;
  /** Whether more is to follow. */
  readonly isFull: boolean;
}

/** What a hub is made with. */
export interface HubOptions {
  /** See `ServerOptions.onWish`. */
  readonly onWish: (wish: LiveWish) => void;
  /** Told to each viewer that comes. */
  readonly control: ControlFacts;
  /** Milliseconds between heartbeats. */
  readonly beatMs?: number | undefined;
}

/** The viewers of one server. */
export class LiveHub {
  private readonly source: RunSource;
  private readonly onWish: (wish: LiveWish) => void;
  private readonly control: ControlFacts;
  private readonly viewers: Set<Viewer> = new Set();
  private readonly history: LiveHistory = new LiveHistory();
  /** Frames made since the history changed, by what viewers have and how many boards they want. */
  private readonly frames: Map<Cursors, Map<number, Frame | undefined>> = new Map();
  private readonly news: Set<RunChange> = new Set();
  private readonly heartbeat: NodeJS.Timeout;
  private newsTimer: NodeJS.Timeout | undefined;
  private pumpTimer: NodeJS.Timeout | undefined;
  private current: LiveWish = { boards: 0, fromStart: false };
  private envSteps = 0;

  constructor(source: RunSource, { onWish, control, beatMs = heartbeatMs }: HubOptions) {
    this.source = source;
    this.onWish = onWish;
    this.control = control;
    this.heartbeat = setInterval(() => this.beat(), beatMs);
    this.heartbeat.unref();
  }

  get size(): number {
    return this.viewers.size;
  }

  get wish(): LiveWish {
    return this.current;
  }

  /** Takes over a connection that was let in. */
  connect(socket: WebSocket): void {
    const viewer: Viewer = {
      ...{ socket, cursors: nothingYet, boards: 0, missedHeartbeats: 0 },
      ...{ messages: 0, messagesSince: 0, isPumping: false, servedAt: Number.NEGATIVE_INFINITY },
    };
    this.viewers.add(viewer);
    socket.on("message", (data, isBinary) => this.receive(viewer, data, isBinary));
    socket.on("pong", () => {
      viewer.missedHeartbeats = 0;
    });
    // An error (bad frame, too long a message) is always followed by "close".
    socket.on("error", () => {});
    socket.on("close", () => {
      this.viewers.delete(viewer);
      this.updateWish();
    });
    this.greet(viewer);
  }

  /** See `Server.publishLive`. */
  publish(boards: readonly LiveBoard[], envSteps: number): void {
    if (this.current.boards === 0) return;
    this.envSteps = envSteps;
    let isWhole = true;
    const seen = new Set<number>();
    for (const board of boards) {
      // A board that comes twice ended an episode and began the next: the end is sent first.
      if (seen.has(board.env)) {
        this.pumpAll();
        seen.clear();
      }
      seen.add(board.env);
      this.frames.clear();
      isWhole = this.history.add(board) && isWhole;
    }
    this.pumpAll();
    if (boards.length > 0) this.setWish({ boards: this.current.boards, fromStart: !isWhole });
  }

  /** See `Server.notify`. */
  notify(change: RunChange): void {
    this.news.add(change);
    this.newsTimer ??= setTimeout(() => this.tellNews(), coalesceMs + this.pauseMs).unref();
  }

  close(): void {
    clearInterval(this.heartbeat);
    clearTimeout(this.newsTimer);
    clearTimeout(this.pumpTimer);
    this.tellNews();
    for (const { socket } of this.viewers) {
      socket.close(closeGoingAway);
      socket.terminate();
    }
    this.viewers.clear();
  }

  private receive(viewer: Viewer, data: WebSocket.RawData, isBinary: boolean): void {
    const now = performance.now();
    if (now - viewer.messagesSince > 1000) {
      viewer.messagesSince = now;
      viewer.messages = 0;
    }
    if (isBinary || ++viewer.messages > maxMessagesPerSecond) {
      viewer.socket.close(closePolicy);
      return;
    }
    try {
      viewer.boards = decodeClientMessage(data.toString()).boards;
    } catch {
      viewer.socket.close(closePolicy);
      return;
    }
    viewer.cursors = nothingYet;
    this.updateWish();
    this.pump(viewer);
  }

  /**
   * Milliseconds in which a viewer is not served again. So what all viewers cost together stays what a few cost,
   * however many come.
   */
  private get pauseMs(): number {
    const { size } = this.viewers;
    return size > servedAtOnce ? (coalesceMs * size) / servedAtOnce : 0;
  }

  private pumpAll(): void {
    for (const viewer of this.viewers) this.pump(viewer);
  }

  private pumpLater(ms: number): void {
    this.pumpTimer ??= setTimeout(() => {
      this.pumpTimer = undefined;
      this.pumpAll();
    }, ms).unref();
  }

  /** Sends what the viewer lacks, if its connection has room. */
  private pump(viewer: Viewer): void {
    const { socket } = viewer;
    if (viewer.boards === 0 || viewer.isPumping || socket.readyState !== WebSocket.OPEN) return;
    // Nothing is made for a viewer that has no room for it: frames for the deaf would cost as much.
    if (socket.bufferedAmount > maxBuffered - frameBudget) return;
    const now = performance.now();
    const early = viewer.servedAt + this.pauseMs - now;
    if (early > 0) {
      this.pumpLater(early);
      return;
    }
    const frame = this.frameFor(viewer);
    if (frame === undefined) return;
    const { bytes, next, isFull } = frame;
    if (socket.bufferedAmount > 0 && socket.bufferedAmount + bytes.length > maxBuffered) return;
    viewer.cursors = next;
    viewer.isPumping = isFull;
    viewer.servedAt = now;
    socket.send(bytes, () => {
      if (!isFull) return;
      viewer.isPumping = false;
      this.pump(viewer);
    });
  }

  /** What a viewer lacks, if anything; made once for all that lack the same. */
  private frameFor({ cursors, boards: count }: Viewer): Frame | undefined {
    let made = this.frames.get(cursors);
    if (made === undefined) {
      made = new Map();
      this.frames.set(cursors, made);
    }
    if (made.has(count)) return made.get(count);
    const { boards, next, bytes } = this.history.missing(count, cursors, frameBudget);
    const frame =
      boards.length === 0
        ? undefined
        : {
            bytes: encodeLiveFrame({ envSteps: this.envSteps, boards }),
            next,
            isFull: bytes >= frameBudget,
          };
    made.set(count, frame);
    return frame;
  }

  private updateWish(): void {
    const boards = [...this.viewers].reduce((max, viewer) => Math.max(max, viewer.boards), 0);
    this.history.trim(boards);
    this.frames.clear();
    const grew = boards > this.current.boards;
    const fromStart = boards > 0 && (this.current.fromStart || grew);
    this.setWish({ boards, fromStart });
  }

  private setWish(wish: LiveWish): void {
    const { boards, fromStart } = this.current;
    if (wish.boards === boards && wish.fromStart === fromStart) return;
    this.current = wish;
    this.onWish(wish);
  }

  private greet(viewer: Viewer): void {
    try {
      this.send(viewer, { type: "hello", run: this.source.facts(), control: this.control });
      const { metrics, episodes, policies, events } = this.source.counts();
      this.send(viewer, { type: "metrics", next: metrics });
      this.send(viewer, { type: "episodes", next: episodes });
      this.send(viewer, { type: "policies", next: policies });
      this.send(viewer, { type: "events", next: events });
    } catch {
      // The run cannot be read at the moment: the viewer gets the reason from GET /api/run.
    }
  }

  private tellNews(): void {
    this.newsTimer = undefined;
    const news = new Set(this.news);
    this.news.clear();
    if (this.viewers.size === 0) return;
    if (news.has("restart")) {
      for (const viewer of this.viewers) this.greet(viewer);
      return;
    }
    for (const message of this.messagesFor(news)) {
      const text = encodeJson(message);
      for (const viewer of this.viewers) this.sendText(viewer, text);
    }
  }

  private messagesFor(news: ReadonlySet<RunChange>): ServerMessage[] {
    const messages: ServerMessage[] = [];
    try {
      const counts = this.source.counts();
      if (news.has("metrics")) messages.push({ type: "metrics", next: counts.metrics });
      if (news.has("episodes")) messages.push({ type: "episodes", next: counts.episodes });
      if (news.has("policies")) messages.push({ type: "policies", next: counts.policies });
      if (news.has("events")) messages.push({ type: "events", next: counts.events });
      if (news.has("status")) messages.push({ type: "status", status: this.source.facts().status });
    } catch {
      // As in `greet`.
    }
    return messages;
  }

  private send(viewer: Viewer, message: ServerMessage): void {
    this.sendText(viewer, encodeJson(message));
  }

  private sendText({ socket }: Viewer, text: string): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > hopelesslyBuffered) socket.terminate();
    else socket.send(text);
  }

  private beat(): void {
    for (const viewer of this.viewers) {
      if (++viewer.missedHeartbeats > maxMissed) viewer.socket.terminate();
      else if (viewer.socket.readyState === WebSocket.OPEN) viewer.socket.ping();
    }
  }
}
