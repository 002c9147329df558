/** @carom/viewer: a viewer inside a page of one's own. */
export type { RendererName, Viewer, ViewerEvents, ViewerOptions } from "./api.js";
export { mountViewer } from "./mount.js";
