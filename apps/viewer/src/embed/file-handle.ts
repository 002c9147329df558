/** `window.__carom` of a one-file replay: of the page's handle (handle.ts) what is about the stage. */
import type { Handle } from "../handle.js";
import type { Stage } from "../stage.js";

export function exposeFileHandle(stage: Stage): void {
  const seek = (step: number) => {
    stage.dispatch({ type: "pause" });
    stage.dispatch({ type: "seek", step });
  };
  const handle: Pick<
    Handle,
    "mode" | "currentStep" | "length" | "episode" | "checksum" | "checksumsAt" | "seek"
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
