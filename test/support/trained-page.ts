/** The built page on a run that really learned: for tests of what is done with its policies. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildPage,
  startTrainedRun,
  type TrainedRun,
  type TrainedRunOptions,
} from "@carom/viewer/dev";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import "./handle.ts";

export class TrainedPages {
  /** What pages complained about: errors, and rules of their policy that were broken. */
  readonly complaints: string[] = [];
  readonly run: TrainedRun;
  /** Where the built page lies, for other runs. */
  readonly folder: string;
  private readonly browser: Browser;

  private constructor(folder: string, browser: Browser, run: TrainedRun) {
    this.folder = folder;
    this.browser = browser;
    this.run = run;
  }

  static async start(options: TrainedRunOptions): Promise<TrainedPages> {
    const folder = mkdtempSync(join(tmpdir(), "carom-trained-page-"));
    await buildPage(folder);
    const browser = await launchBrowser();
    return new TrainedPages(
      folder,
      browser,
      await startTrainedRun({ ...options, staticDir: folder }),
    );
  }

  /** A window for pages that are not the run's. */
  blank(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    return this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  }

  /** Takes down what a page complains about from now on. */
  async listen(page: Page): Promise<void> {
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
  }

  /** Opens a page that is not the run's. */
  async openOther(address: string): Promise<Page> {
    const page = await (await this.blank()).newPage();
    await this.listen(page);
    await page.goto(address);
    return page;
  }

  /** Opens the page and waits for an episode and the policies. */
  async open(options: BrowserContextOptions = {}, url = this.run.url): Promise<Page> {
    const page = await (await this.blank(options)).newPage();
    await this.listen(page);
    await page.goto(url);
    await page.waitForFunction(
      () => window.__carom?.episode !== undefined && window.__carom.length > 0,
    );
    return page;
  }

  /** As `open`, with the kept episode of the highest return on the stage, paused at its start. */
  async openBest(options: BrowserContextOptions = {}): Promise<{ page: Page; id: string }> {
    const page = await this.open(options);
    const [id] = [...this.run.kept].reduce((a, b) => (b[1].return > a[1].return ? b : a));
    await page.waitForFunction((one) => window.__carom.episodes.includes(one), id);
    await page.evaluate((one) => window.__carom.open(one), id);
    await page.evaluate(() => window.__carom.seek(0));
    const all = this.run.run.policies(0).policies.length;
    await page.waitForFunction((count) => window.__carom.policies.length === count, all);
    return { page, id };
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.run.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
