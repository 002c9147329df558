/** `window.__carom` of a one-file replay: of the page's handle (handle.ts) what is about the stage and its policy. */
import { branchFacts, type Handle, thoughtOf } from "../handle.js";
import type { Stage } from "../stage.js";
import type { PolicyExtra } from "./policy-extra.js";

/** @param policy what the file's policy adds; undefined where it has none */
export function exposeFileHandle(stage: Stage, policy: PolicyExtra | undefined): void {
  const seek = (step: number) => {
    stage.dispatch({ type: "pause" });
    stage.dispatch({ type: "seek", step });
  };
  const handle: Pick<
    Handle,
    | ("mode" | "currentStep" | "length" | "episode" | "checksum" | "checksumsAt" | "seek")
    | ("thought" | "highlights" | "playing" | "branches")
  > = {
    get mode() {
      return stage.state.mode;
    },
    get currentStep() {
      return stage.step;
    },
    get length() {
      return stage.state.length;
    },
    get episode() {
      return stage.episodeId;
    },
    get highlights() {
      return policy?.insight.highlights.map(({ step }) => step) ?? [];
    },
    get playing() {
      return policy?.takeOver.phase ?? "off";
    },
    get branches() {
      return policy?.branches.list.map(branchFacts) ?? [];
    },
    thought: (step) => policy && thoughtOf(policy.insight, step),
    checksum: () => stage.checksum(),
    checksumsAt: (steps) =>
      steps.map((step) => {
        seek(step);
        return stage.checksum();
      }),
    seek,
  };
  Object.assign(window, { __carom: handle });
}
