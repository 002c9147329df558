/**
 * A policy looked at from inside at the decision on the stage: what matters to it, and its layers. One
 * question of a kind at a time; while the episode plays on, the answer that came last stays.
 */
import type { Opinion } from "./insight.js";
import type { OverlayName } from "./model/keys.js";
import { type Asked, Cancelled, type PolicyHost } from "./policy/host.js";
import type { Answers, Script } from "./policy/protocol.js";

/** What can be asked of one decision, and the overlay that shows it. */
type Kind = "saliency" | "layers";

const overlayOf: Readonly<Record<Kind, OverlayName>> = { saliency: "saliency", layers: "activity" };

/** An answer, and the decision that it is about. */
interface Seen<K extends Kind> {
  readonly step: number;
  readonly answer: Answers[K];
}

/** The moment that is looked at. */
export interface Moment {
  readonly opinion: Opinion;
  readonly script: Script;
  readonly step: number;
}

export class CloseUp {
  saliency: Seen<"saliency"> | undefined;
  layers: Seen<"layers"> | undefined;
  /** Counts answers, for those who draw them. */
  revision = 0;
  private readonly host: PolicyHost;
  private readonly wake: () => void;
  private readonly asked: Map<Kind, Asked<unknown>> = new Map();
  /** Decisions at which asking has failed last: there it is not asked again. */
  private readonly failed: Map<Kind, number> = new Map();
  private of: Opinion | undefined;

  constructor(host: PolicyHost, wake: () => void) {
    this.host = host;
    this.wake = wake;
  }

  /** Once per frame: asks what the overlays that are on still lack. */
  update(on: ReadonlySet<OverlayName>, moment: Moment | undefined): void {
    if (moment?.opinion !== this.of) this.forget(moment?.opinion);
    if (!moment) return;
    const { policy } = moment.opinion;
    const { script, step } = moment;
    if (this.isDue("saliency", on, step)) {
      this.ask("saliency", step, this.host.saliency(policy, script, step), (answer) => {
        this.saliency = { step, answer };
      });
    }
    if (this.isDue("layers", on, step)) {
      this.ask("layers", step, this.host.layers(policy, script, step), (answer) => {
        this.layers = { step, answer };
      });
    }
  }

  private isDue(kind: Kind, on: ReadonlySet<OverlayName>, step: number): boolean {
    if (!on.has(overlayOf[kind]) || this.asked.has(kind)) return false;
    return this[kind]?.step !== step && this.failed.get(kind) !== step;
  }

  private ask<K extends Kind>(
    kind: K,
    step: number,
    asked: Asked<Answers[K]>,
    take: (answer: Answers[K]) => void,
  ): void {
    this.asked.set(kind, asked);
    const settle = (): void => {
      if (this.asked.get(kind) !== asked) return;
      this.asked.delete(kind);
      this.revision++;
      this.wake();
    };
    asked.done.then(
      (answer) => {
        if (this.asked.get(kind) === asked) take(answer);
        settle();
      },
      (error: Error) => {
        if (!(error instanceof Cancelled)) {
          console.error("policy:", error.message);
          if (this.asked.get(kind) === asked) this.failed.set(kind, step);
        }
        settle();
      },
    );
  }

  private forget(opinion: Opinion | undefined): void {
    const asked = [...this.asked.values()];
    this.asked.clear();
    this.failed.clear();
    for (const one of asked) one.cancel();
    this.saliency = undefined;
    this.layers = undefined;
    this.of = opinion;
    this.revision++;
  }
}
