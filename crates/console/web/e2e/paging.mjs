// How long lists take in a browser, with a million rows behind them: from a press to the rows that it leads to.
//
//   HOOKLEDGER_BIN=target/release/hookledger node e2e/paging.mjs [events]
//
// Fills a server of its own: one subscription that is well, one whose deliveries become dead letters, and one that waits.
import { client, receiver, registerTypes, subscribe } from "./demo.mjs";
import { launch } from "./lib/browser.mjs";
import { open } from "./lib/pages.mjs";
import { startServer } from "./lib/server.mjs";
import { signIn, until, visitor } from "./lib/visit.mjs";

const EVENTS = Number(process.argv[2] ?? 500_000);
const BATCH = 1000;
/** What is turned over of each list, forwards and back. */
const PAGES = 5;
const TYPES = ["benchmark.run.completed", "benchmark.run.completed", "benchmark.run.failed", "test.flaky"];
const LISTS = [
  ["events", "/events"],
  ["events of a family", "/events?type=benchmark.run.*"],
  ["events from one source", "/events?source=/clusters/3"],
  ["deliveries", "/deliveries"],
  ["delivered", "/deliveries?state=DELIVERED"],
  ["waiting", "/deliveries?state=WAITING"],
  ["dead letters one by one", "/dead-letters?view=list"],
  ["dead letters by cause", "/dead-letters"],
  ["4xx of a family", "/deliveries?answer=CLIENT_ERROR&type=benchmark.run.*"],
  ["of a subscription and a type", (id) => `/subscriptions/${id}/deliveries?type=test.flaky`],
  ["none", "/deliveries?state=CANCELLED"],
];

const server = await startServer();
const ask = client(server.url, server.key);
await registerTypes(ask);
const good = await receiver(() => ({ status: 200 }));
// Often enough to be told from one that is well, not so often that its breaker opens.
const refusing = await receiver((n) => ({ status: n % 3 === 0 ? 422 : 200 }));
const { id: well } = await subscribe(ask, { endpoint: `${good.url}/good`, eventTypes: ["*"], description: "Is well", limits: { concurrency: 64 } });
const { id: fails } = await subscribe(ask, { endpoint: `${refusing.url}/no`, eventTypes: ["benchmark.run.failed", "test.flaky"], description: "Refuses one in three", retryPolicy: { attemptsMax: 1 }, limits: { concurrency: 64 } });
const { id: held } = await subscribe(ask, { endpoint: `${good.url}/held`, eventTypes: ["test.flaky"], description: "Is paused" });
await ask("mutation ($input: SubscriptionNoteInput!) { pauseSubscription(input: $input) { ok } }", { input: { id: held } });

for (let sent = 0; sent < EVENTS; sent += BATCH) {
  const events = Array.from({ length: BATCH }, (_, n) => ({ type: TYPES[n % TYPES.length], source: `/clusters/${n % 7}`, data: { run: sent + n } }));
  for (;;) {
    const response = await fetch(`${server.url}/v1/events`, { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${server.key}` }, body: JSON.stringify(events) });
    if (response.ok) break;
    if (![429, 503].includes(response.status)) throw new Error(await response.text());
    await new Promise((done) => setTimeout(done, 1000 * Number(response.headers.get("retry-after") ?? 1)));
  }
  if (sent % 50_000 === 0) console.log(`${sent} events published`);
}
const waits = async (subscriptionId) => (await ask("query ($filter: DeliveryFilterInput) { deliveries(filter: $filter, first: 1) { nodes { id } } }", { filter: { subscriptionId, states: ["WAITING"] } })).deliveries.nodes.length > 0;
await until("everything to be delivered, or refused", async () => !(await waits(well)) && !(await waits(fails)), 3_600_000);
console.log("delivered; the lists are asked for");

const browser = await launch();
const { page } = await visitor(browser);
await signIn(page, server);
const rowsOf = () => page.locator("#content").innerText();

/** How long until the page shows other rows, and is not about to load. */
async function turned(press) {
  const before = await rowsOf();
  const started = performance.now();
  await press();
  await page.waitForFunction((text) => document.querySelector("#content")?.innerText !== text && !document.querySelector('#content [role="status"][aria-label="Loading"], #content [aria-busy="true"]'), before, { polling: "raf" });
  return performance.now() - started;
}

console.log("list | first page | pages turned: median, slowest (ms)");
for (const [name, where] of LISTS) {
  const started = performance.now();
  await open(page, server, typeof where === "function" ? where(fails) : where);
  const first = performance.now() - started;
  const times = [];
  for (const way of ["Older", "Newer"]) {
    for (let n = 0; n < PAGES; n += 1) {
      const button = page.getByRole("button", { name: way, exact: true });
      if ((await button.count()) === 0 || await button.isDisabled()) break;
      times.push(await turned(() => button.click()));
    }
  }
  times.sort((one, other) => one - other);
  const shown = times.length > 0 ? `${times[times.length >> 1].toFixed(0)}, ${times.at(-1).toFixed(0)} (${times.length} pages)` : "one page";
  console.log(`${name} | ${first.toFixed(0)} | ${shown}`);
}
await Promise.all([good.close(), refusing.close(), browser.close()]);
await server.stop();
process.exit(0);
