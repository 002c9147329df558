/** Opening the viewer's page in tests. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import "./handle.ts";

export interface OpenOptions {
  /** The reader's choices, as the page keeps them. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly options?: BrowserContextOptions;
  /** Takes what the page logs as an error. */
  readonly failures: string[];
}

/** Opens the page in a context of its own and waits until an episode is on the stage. */
export async function openViewer(
  browser: Browser,
  url: string,
  { settings = {}, options = {}, failures }: OpenOptions,
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => failures.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") failures.push(message.text());
  });
  await page.addInitScript((all) => {
    for (const [name, value] of Object.entries(all)) localStorage.setItem(`carom.${name}`, value);
  }, settings);
  await page.goto(url);
  await page.waitForFunction(() => window.__carom?.length > 0);
  return page;
}
