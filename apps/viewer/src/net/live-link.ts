/**
 * The WebSocket: connects, asks for boards, reconnects with growing, jittered waits, and says how
 * things stand. Frames may be lost; messages are only hints to fetch history, so losing the
 * connection loses nothing.
 */
import {
  type ClientMessage,
  decodeLiveFrame,
  decodeServerMessage,
  FormatError,
  type LiveFrame,
  type ServerMessage,
} from "@carom/runs/formats";
import { backoff } from "../model/backoff.js";

/** How the connection stands. */
export type LinkState =
  | { readonly phase: "connecting" }
  | { readonly phase: "open" }
  /** Trying again at `retryAt` (milliseconds, `performance.now()`). */
  | { readonly phase: "waiting"; readonly retryAt: number }
  /** Trying again would not help. */
  | { readonly phase: "refused"; readonly problem: string };

export interface LinkEvents {
  onState(state: LinkState): void;
  onMessage(message: ServerMessage): void;
  onFrame(frame: LiveFrame): void;
  /**
   * Asked after a failure: a sentence if the trainer refuses this page, undefined if it is only
   * away.
   */
  whyRefused(): Promise<string | undefined>;
}

export class LiveLink {
  private readonly address: string;
  private readonly events: LinkEvents;
  private socket: WebSocket | undefined;
  private timer: number | undefined;
  private attempt = 0;
  private boards = 0;
  /** Frames that were taken in on this connection. */
  private taken = 0;
  private closed = false;

  constructor(address: string, events: LinkEvents) {
    this.address = address;
    this.events = events;
  }

  /** Connects, or tries again at once if a wait is under way. */
  connect(): void {
    if (this.socket || this.closed) return;
    window.clearTimeout(this.timer);
    this.events.onState({ phase: "connecting" });
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.opened(socket);
    socket.onmessage = ({ data }) => {
      try {
        this.received(data);
      } finally {
        // Said when the frame was dealt with, well or not: a page that is too slow gets fewer.
        if (data instanceof ArrayBuffer) this.send(socket, { type: "ack", frames: ++this.taken });
      }
    };
    socket.onclose = () => void this.lost();
    this.socket = socket;
  }

  /** Disconnects for good. */
  close(): void {
    this.closed = true;
    window.clearTimeout(this.timer);
    this.socket?.close();
  }

  /**
   * Asks for a number of live boards; `again` also if the number is the same, to get them from
   * their start.
   */
  want(boards: number, again = false): void {
    if (boards === this.boards && !again) return;
    this.boards = boards;
    if (this.socket) this.ask(this.socket);
  }

  private opened(socket: WebSocket): void {
    this.attempt = 0;
    this.taken = 0;
    this.events.onState({ phase: "open" });
    this.ask(socket);
  }

  private ask(socket: WebSocket): void {
    this.send(socket, { type: "want", boards: this.boards });
  }

  private send(socket: WebSocket, message: ClientMessage): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  private received(data: unknown): void {
    try {
      if (typeof data === "string") this.events.onMessage(decodeServerMessage(data));
      else if (data instanceof ArrayBuffer) {
        this.events.onFrame(decodeLiveFrame(new Uint8Array(data)));
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      console.warn(`live link: ${error.message}`);
    }
  }

  private async lost(): Promise<void> {
    this.socket = undefined;
    const problem = this.closed ? undefined : await this.events.whyRefused();
    if (this.closed) return;
    if (problem !== undefined) {
      this.events.onState({ phase: "refused", problem });
      return;
    }
    const wait = backoff(this.attempt++, Math.random());
    this.events.onState({ phase: "waiting", retryAt: performance.now() + wait });
    this.timer = window.setTimeout(() => this.connect(), wait);
  }
}
