/**
 * A place of its own inside another page: a shadow root with the viewer's styles, so that neither
 * page changes how the other looks.
 */
/// <reference types="vite/client" />
import chartStyles from "uplot/dist/uPlot.min.css?inline";
import styles from "../styles/main.css?inline";
import { scoped } from "./scoped.js";

/** What the viewer's own page does with the window, done with an element. */
const room = `
:host { display: block; container-type: inline-size; }
#app { height: 100%; min-height: 0; outline: none; }
`;

/** The element that the viewer's parts go into, `#app` of its own page. */
export function openRoom(element: HTMLElement): HTMLElement {
  const shadow = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  const sheets = [scoped(styles), chartStyles, room].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
  shadow.adoptedStyleSheets = sheets;
  const app = document.createElement("div");
  app.id = "app";
  app.tabIndex = -1; // a click gives it the focus, and with it the keys
  shadow.replaceChildren(app);
  return app;
}

/** Empties the place. */
export function closeRoom(element: HTMLElement): void {
  element.shadowRoot?.replaceChildren();
}
