/** The page's beginning: opens the surfaces that boards are drawn on, then the page itself. */
import "./styles/main.css";
import { openSurface, rendererOf } from "./draw/surface.js";
import { exposeHandle } from "./handle.js";
import { Page } from "./page.js";

async function start(): Promise<void> {
  const address = new URL(location.href);
  const renderer = rendererOf(address);
  const stage = await openSurface(renderer, false);
  const grid = await openSurface(renderer, true); // thumbnails are too small for whole pixels
  const open = () => openSurface(renderer, false);
  const page = new Page(address, { stage, grid, open });
  exposeHandle(page, { stage, grid });
  document.getElementById("app")?.replaceChildren(...page.elements());
  page.begin();
}

void start();
