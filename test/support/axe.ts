/** What axe finds on a page. */
import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/** What is serious or critical, a line per element. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source); // the debugger's own scripts may run
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, any }) => `${id}: ${html.slice(0, 120)} ${any[0]?.message ?? ""}`),
    );
}
