/**
 * The connected viewers. Live boards are lossy: a viewer that has not taken in its last two frames gets no other,
 * and the next frame it gets starts where its last one ended. Messages are few and small: "there is
 * more", coalesced; the viewer fetches over HTTP. Nothing here waits for a viewer.
 */
import type { RunChange, RunSource } from "@carom/runs";
import {
  type ControlFacts,
  decodeClientMessage,
  encodeJson,
  encodeLiveFrame,
  FormatError,
  type LiveBoard,
  type ServerMessage,
} from "@carom/runs/formats";
import { WebSocket } from "ws";
import type { LiveWish } from "./api.js";
import { type Cursors, LiveHistory, nothingYet } from "./live-history.js";

/** Live frames that may be under way to a viewer: so many it has not said that it took in. */
const maxUnderWay = 2;
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
const coalesceMs = 250;
/** Rows of metrics, and episodes, that a message may have with it. */
const maxTold = 32;
/** Viewers that are served as often as there is something; the more there are beyond, the less often each. */
const servedAtOnce = 2;
/** How often there is something for viewers, about, in milliseconds. */
const frameMs = 100;
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
  /** Live frames that it was sent, and those that it has taken in. */
  sent: number;
  taken: number;
}

/** A frame for all viewers that are equally far, and how far they are with it. */
interface Frame {
  readonly bytes: Uint8Array;
  readonly next: Cursors;
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
  private roundTimer: NodeJS.Timeout | undefined;
  /** When viewers got their last frames, in milliseconds. */
  private servedAt: number = Number.NEGATIVE_INFINITY;
  private current: LiveWish = { boards: 0, fromStart: false };
  private envSteps = 0;
  /** Rows and episodes of which viewers have been told. */
  private readonly told = { metrics: 0, episodes: 0 };

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
      ...{ messages: 0, messagesSince: 0, sent: 0, taken: 0 },
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
    this.frames.clear();
    let isWhole = true;
    for (const board of boards) isWhole = this.history.add(board) && isWhole;
    this.round();
    if (boards.length > 0) this.setWish({ boards: this.current.boards, fromStart: !isWhole });
  }

  /** See `Server.notify`. */
  notify(change: RunChange): void {
    this.news.add(change);
    this.newsTimer ??= setTimeout(() => this.tellNews(), coalesceMs * this.share).unref();
  }

  close(): void {
    clearInterval(this.heartbeat);
    clearTimeout(this.newsTimer);
    clearTimeout(this.roundTimer);
    this.tellNews();
    for (const { socket } of this.viewers) {
      socket.close(closeGoingAway);
      socket.terminate();
    }
    this.viewers.clear();
  }

  private receive(viewer: Viewer, data: WebSocket.RawData, isBinary: boolean): void {
    try {
      if (isBinary) throw new FormatError("message: expected text");
      const message = decodeClientMessage(data.toString());
      if (message.type === "ack") this.takeAck(viewer, message.frames);
      else this.takeWish(viewer, message.boards);
    } catch {
      viewer.socket.close(closePolicy);
    }
  }

  /** There are no more of these than frames, so they need no limit. */
  private takeAck(viewer: Viewer, frames: number): void {
    if (frames <= viewer.taken || frames > viewer.sent) {
      const { taken, sent } = viewer;
      throw new FormatError(`message: ${frames} frames taken, expected ${taken + 1} to ${sent}`);
    }
    viewer.taken = frames;
    if (this.share > 1) this.round();
    else this.pump(viewer);
  }

  private takeWish(viewer: Viewer, boards: number): void {
    const now = performance.now();
    if (now - viewer.messagesSince > 1000) {
      viewer.messagesSince = now;
      viewer.messages = 0;
    }
    if (++viewer.messages > maxMessagesPerSecond) throw new FormatError("message: too many");
    viewer.boards = boards;
    viewer.cursors = nothingYet;
    this.updateWish();
    // The first answer comes at once; who asks again and again gets as much as the others.
    if (this.share > 1 && viewer.sent > 0) this.round();
    else this.pump(viewer);
  }

  /**
   * How many times longer a viewer waits than one of a few, so that what all viewers cost together stays what those
   * few cost, however many come.
   */
  private get share(): number {
    return Math.max(1, this.viewers.size / servedAtOnce);
  }

  /** Serves all viewers, if it is time: together, so that those who are equally far get one frame. */
  private round(): void {
    const now = performance.now();
    const early = this.servedAt + frameMs * this.share - now;
    if (early > 0 && this.share > 1) {
      this.roundTimer ??= setTimeout(() => {
        this.roundTimer = undefined;
        this.round();
      }, early).unref();
      return;
    }
    this.servedAt = now;
    for (const viewer of this.viewers) this.pump(viewer);
  }

  /** Sends what the viewer lacks, if its connection has room. */
  private pump(viewer: Viewer): void {
    const { socket, boards, sent, taken } = viewer;
    if (boards === 0 || socket.readyState !== WebSocket.OPEN) return;
    // Nothing is made for a viewer that has no room for it: frames for the deaf would cost as much.
    if (sent - taken >= maxUnderWay || socket.bufferedAmount > maxBuffered - frameBudget) return;
    const frame = this.frameFor(viewer);
    if (frame === undefined) return;
    if (socket.bufferedAmount > 0 && socket.bufferedAmount + frame.bytes.length > maxBuffered) {
      return;
    }
    viewer.cursors = frame.next;
    viewer.sent++;
    socket.send(frame.bytes);
  }

  /** What a viewer lacks, if anything; made once for all that lack the same. */
  private frameFor({ cursors, boards: count }: Viewer): Frame | undefined {
    let made = this.frames.get(cursors);
    if (made === undefined) {
      made = new Map();
      this.frames.set(cursors, made);
    }
    if (made.has(count)) return made.get(count);
    const { boards, next } = this.history.missing(count, cursors, frameBudget);
    const { envSteps } = this;
    const frame =
      boards.length === 0 ? undefined : { bytes: encodeLiveFrame({ envSteps, boards }), next };
    made.set(count, frame);
    return frame;
  }

  private updateWish(): void {
    const boards = [...this.viewers].reduce((max, viewer) => Math.max(max, viewer.boards), 0);
    if (this.history.trim(boards)) this.frames.clear();
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
      if (news.has("metrics")) messages.push(this.newMetrics(counts.metrics));
      if (news.has("episodes")) messages.push(this.newEpisodes(counts.episodes));
      if (news.has("policies")) messages.push({ type: "policies", next: counts.policies });
      if (news.has("events")) messages.push({ type: "events", next: counts.events });
      if (news.has("status")) messages.push({ type: "status", status: this.source.facts().status });
    } catch {
      // As in `greet`.
    }
    return messages;
  }

  /** With the rows, where they are few: viewers that have the others need not ask. */
  private newMetrics(next: number): ServerMessage {
    const from = this.told.metrics;
    this.told.metrics = next;
    const page = this.pageOf(from, next, () => this.source.metrics(from, next - from));
    const isWhole = page?.from === from && page.rows.length === next - from;
    return { type: "metrics", next, ...(isWhole && { page }) };
  }

  private newEpisodes(next: number): ServerMessage {
    const from = this.told.episodes;
    this.told.episodes = next;
    const page = this.pageOf(from, next, () => this.source.episodes(from, next - from));
    const isWhole = page?.from === from && page.episodes.length === next - from;
    return { type: "episodes", next, ...(isWhole && { page }) };
  }

  /** A page of what is new, if it is little and can be read. */
  private pageOf<P>(from: number, next: number, read: () => P): P | undefined {
    if (next <= from || next - from > maxTold) return undefined;
    try {
      return read();
    } catch {
      return undefined; // viewers who ask get the reason
    }
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
