// Chromium, wherever the machine has one.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge"];
const PLACES = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"];

/** The browser to use: `CHROMIUM`, or the first that is found. */
export function findBrowser() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...PLACES].find((file) => existsSync(file));
  if (!found) throw new Error("no Chromium was found: install one (`apt install chromium` on Debian), or name it in CHROMIUM");
  return found;
}

export async function launch() {
  const flags = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];
  // In a container the user is root, for whom Chromium has no sandbox.
  if (process.getuid?.() === 0) flags.push("--no-sandbox");
  return chromium.launch({ executablePath: findBrowser(), headless: true, args: flags });
}
