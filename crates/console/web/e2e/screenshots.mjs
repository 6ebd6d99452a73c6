// A picture of every page, in both themes and on a narrow screen, of a server that is lived in.
//
//   HOOKLEDGER_BIN=target/debug/hookledger node e2e/screenshots.mjs [part of a name]
//
// All go to target/screenshots; the few that the documents show are written there too (docs/images).
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { client, fill, publish, event } from "./demo.mjs";
import { launch } from "./lib/browser.mjs";
import { open, pagesOf, thingsOf } from "./lib/pages.mjs";
import { startServer } from "./lib/server.mjs";
import { signIn, until, visitor } from "./lib/visit.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../../..");
const folder = join(root, "target/screenshots");
const documents = join(root, "docs/images");
/** What the documents show, by the name of the picture. */
const SHOWN = { "overview-light": "console-overview", "delivery-light": "console-delivery", "subscription-new-light": "console-subscription-form", "playground-light": "console-playground", "dead-letters-light": "console-dead-letters", "inbox-light": "console-inbox", "event-type-before-light": "console-event-type" };
const LOOKS = [
  { suffix: "light", colorScheme: "light", viewport: { width: 1280, height: 800 } },
  { suffix: "dark", colorScheme: "dark", viewport: { width: 1280, height: 800 } },
  { suffix: "narrow", colorScheme: "light", viewport: { width: 360, height: 740 } },
];

mkdirSync(folder, { recursive: true });
mkdirSync(documents, { recursive: true });
const wanted = process.argv[2] ?? "";
const browser = await launch();
const server = await startServer();
const ask = client(server.url, server.key);
const { receivers, random } = await fill(server.url, server.key, 260);
const things = await until("a dead letter", async () => {
  const found = await thingsOf(ask);
  return found.delivery && found.attempts > 1 ? found : null;
});

/** What somebody would have done on a page before they show it to others. */
const BEFORE = {
  async overview(page) {
    // The live chart shows what happens while one looks.
    for (let number = 0; number < 40; number += 1) {
      await publish(server.url, server.key, Array.from({ length: 1 + Math.floor(random() * 4) }, () => event(random, number)));
      await page.waitForTimeout(350);
    }
    await page.getByRole("button", { name: /Show$/ }).click({ timeout: 2000 }).catch(() => {});
    await page.mouse.move(0, 0);
    await page.evaluate(() => scrollTo(0, 0));
    await page.waitForTimeout(2600);
  },
  async "subscription-new"(page) {
    await page.getByLabel("URL").fill("https://example.com/hooks");
    await page.getByLabel("What it is for").fill("Slow or failed runs, for the pager");
    await page.getByRole("treeitem", { name: "benchmark.run.* all below it" }).click();
    await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  },
};

for (const { suffix, ...look } of LOOKS) {
  const { page, context } = await visitor(browser, look);
  await signIn(page, server);
  for (const [name, path] of Object.entries(pagesOf(things)).filter(([name]) => name.includes(wanted))) {
    await open(page, server, path);
    if (suffix !== "narrow") await BEFORE[name]?.(page);
    await page.waitForTimeout(500);
    const file = join(folder, `${name}-${suffix}.png`);
    await page.screenshot({ path: file });
    const shown = SHOWN[`${name}-${suffix}`];
    if (shown) copyFileSync(file, join(documents, `${shown}.png`));
    console.log(file.slice(root.length + 1));
  }
  await context.close();
}
await Promise.all(receivers.map((one) => one.close()));
await browser.close();
await server.stop();
process.exit(0);
