/**
 * The Chromium of the browser tests: found where systems put it, or installed from Debian's or Ubuntu's packages where
 * that needs no password. Where there is none the browser tests are skipped, and this says so.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Puts the path into CAROM_CHROMIUM for the tests. In continuous integration a missing browser is an error there. */
export function provideChromium() {
  if (process.env.CAROM_CHROMIUM !== undefined) return;
  const found = places.find((place) => existsSync(place)) ?? install();
  if (found !== undefined) {
    process.env.CAROM_CHROMIUM = found;
    return;
  }
  console.log(
    "no Chromium found: the browser tests are skipped (install one, or set CAROM_CHROMIUM to its path)",
  );
}

function install() {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return undefined;
  console.log("installing Chromium from the system's packages, for the browser tests ...");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", "chromium"]]) {
    const { status } = spawnSync("apt-get", ["-qq", ...args], { env, stdio: "ignore" });
    if (status !== 0) return undefined;
  }
  return places.find((place) => existsSync(place));
}
