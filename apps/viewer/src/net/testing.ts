/** For tests only: the HTTP side of a run of which nothing is known and to which nothing happens. */
import { type Api, ApiError } from "./api.js";

const none = { from: 0, next: 0 };

export const quietApi: Api = {
  run: async () => {
    throw new ApiError("There is no run.", 404);
  },
  metrics: async () => ({ ...none, rows: [] }),
  episodes: async () => ({ ...none, episodes: [] }),
  events: async () => ({ ...none, events: [] }),
  control: async () => ({ accepted: false, message: "Nobody trains." }),
  runs: async () => [],
  metricsOf: async () => ({ ...none, rows: [] }),
  policiesOf: async () => ({ ...none, policies: [] }),
  policyOf: async () => new Uint8Array(),
  checkpoints: async () => [],
  replay: async () => new Uint8Array(),
  policies: async () => ({ ...none, policies: [] }),
  policy: async () => new Uint8Array(),
  takesDemonstrations: async () => false,
  keepDemonstration: async () => "0",
  game: async () => new Uint8Array(),
  file: async () => new Uint8Array(),
  gameAddress: () => "",
  liveAddress: "ws://127.0.0.1/live",
};
