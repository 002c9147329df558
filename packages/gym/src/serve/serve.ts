/**
 * One of Carom's games for another program: it asks over one stream and is answered over another,
 * one frame each (protocol.ts). python/carom_env.py is the client.
 *
 * A request that is wrong is answered by an error, and the next one is awaited; after what is no
 * frame nothing can be told apart any more, so an error is the last answer.
 */
import type { Readable, Writable } from "node:stream";
import { createVectorEnv, type GameDefinition, type Key, key, type VectorEnv } from "@carom/envs";
import { GymError } from "../errors.js";
import { type Frame, protocol, readFrames, writeFrame } from "./frames.js";
import {
  Answer,
  errorBody,
  helloBody,
  longestRequest,
  type MakeRequest,
  Request,
  type ResetRequest,
  readActions,
  readMake,
  readRender,
  readReset,
  stateBody,
  steppedBody,
} from "./protocol.js";
import { Renderer } from "./renderer.js";

/** What the other program plays. */
export interface ServeOptions {
  /**
   * Makes the games (default: the definition's, in this thread, without wrappers). Called again for
   * every seed.
   */
  readonly make?: ((request: MakeRequest, key: Key) => VectorEnv) | undefined;
}

/**
 * Serves a game until `input` ends or the other program says so. Rejects with GymError PROTOCOL
 * where `input` is not made of frames; never because of what the frames say.
 */
export async function serveEnv(
  game: GameDefinition,
  options: ServeOptions,
  input: Readable,
  output: Writable,
): Promise<void> {
  output.on("error", () => {}); // the other program is gone; its end of `input` tells so too
  const host = new Host(game, options);
  try {
    for await (const frame of readFrames(input, () => host.limit)) {
      if (frame.type === Request.close) return;
      const [type, parts] = answered(host, frame);
      await writeFrame(output, type, parts);
    }
  } catch (error) {
    if (!(error instanceof GymError)) return; // the stream broke off
    await writeFrame(output, Answer.error, [errorBody(error)]);
    throw error;
  } finally {
    host.dispose();
  }
}

type Reply = readonly [type: number, parts: readonly Uint8Array[]];

function answered(host: Host, frame: Frame): Reply {
  try {
    return host.answer(frame);
  } catch (error) {
    return [Answer.error, [errorBody(error)]];
  }
}

/** The games, and what requests do with them. */
class Host {
  private readonly game: GameDefinition;
  private readonly create: (request: MakeRequest, key: Key) => VectorEnv;
  private request: MakeRequest | undefined;
  private env: VectorEnv | undefined;
  private renderer: Renderer | undefined;
  private isReset = false;

  constructor(game: GameDefinition, options: ServeOptions) {
    this.game = game;
    this.create = options.make ?? ((request, root) => localGames(game, request, root));
  }

  /** The longest frame that may come next. */
  get limit(): number {
    return longestRequest(this.env?.spec, this.env?.count ?? 0);
  }

  answer({ type, body }: Frame): Reply {
    switch (type) {
      case Request.make:
        return [Answer.hello, [helloBody(this.make(readMake(body)))]];
      case Request.reset: {
        const env = this.made();
        this.reset(readReset(body, env.count));
        return [Answer.state, stateBody(this.made())];
      }
      case Request.step: {
        const env = this.playing();
        readActions(body, env);
        env.step();
        return [Answer.stepped, steppedBody(env)];
      }
      case Request.render:
        return [Answer.picture, this.picture(body)];
      default:
        throw protocol(`unknown request (got type ${type}, expected 1 to 5)`);
    }
  }

  dispose(): void {
    this.env?.dispose();
    this.env = undefined;
  }

  private make(request: MakeRequest): VectorEnv {
    const env = this.create(request, key(0));
    this.dispose();
    this.request = request;
    this.take(env);
    this.isReset = false;
    return env;
  }

  /** A seed makes the games anew, under its own key; without one each plays its next episode. */
  private reset({ seed, mask }: ResetRequest): void {
    if (seed !== undefined && this.request) {
      const env = this.create(this.request, key(seed));
      this.dispose();
      this.take(env);
      env.reset();
      this.isReset = true;
      return;
    }
    const env = this.playing();
    for (let i = 0; i < env.count; i++) {
      if (mask === undefined || mask[i] === 1) env.restart(i, env.current(i).episode + 1);
    }
  }

  private take(env: VectorEnv): void {
    this.env = env;
    this.renderer = new Renderer(this.game, env);
  }

  private picture(body: Buffer): Uint8Array[] {
    const env = this.playing();
    const index = readRender(body, env.count);
    if (!this.renderer) throw protocol("render before make");
    const { width, height, pixels } = this.renderer.picture(index);
    return [new Uint8Array(Uint32Array.of(height, width).buffer), pixels];
  }

  private made(): VectorEnv {
    if (!this.env) throw protocol("the first request is no make");
    return this.env;
  }

  private playing(): VectorEnv {
    const env = this.made();
    if (!this.isReset) throw protocol("the games have not begun (expected a reset with a seed)");
    return env;
  }
}

function localGames(game: GameDefinition, request: MakeRequest, root: Key): VectorEnv {
  const { count, variant, maxSteps } = request;
  return createVectorEnv(game, {
    count,
    key: root,
    ...(variant !== undefined && { variant }),
    ...(maxSteps !== undefined && { maxSteps }),
  });
}
