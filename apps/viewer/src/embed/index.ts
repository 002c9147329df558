/** @carom/viewer: a viewer inside a page of one's own. */
export type {
  RendererName,
  ReplayPolicy,
  Viewer,
  ViewerEvents,
  ViewerOptions,
} from "./api.js";
export { mountViewer } from "./mount.js";
