/** @carom/server: HTTP and WebSocket between a run and the viewer. */
export type { LiveWish, RunControl, Server, ServerOptions } from "./api.js";
export { ServerError, type ServerErrorCode } from "./errors.js";
export { startServer } from "./server.js";
