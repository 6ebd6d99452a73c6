// Makes a server look lived in: event types, subscriptions that fare well and badly, and events of benchmarks.
//
//   HOOKLEDGER=http://127.0.0.1:4300 HOOKLEDGER_KEY=hk_... node e2e/demo.mjs [events] [--live]
//
// Its receivers listen on loopback as long as it runs; with `--live` it goes on publishing.
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

/** Event types, as a benchmark platform has them. */
export const EVENT_TYPES = [
  ["benchmark.run.started", "A run of a suite has begun."],
  ["benchmark.run.completed", "A run has finished, with its figures."],
  ["benchmark.run.failed", "A run broke off, and why."],
  ["result.scored", "A result has its score."],
  ["result.regression", "A figure got worse by more than noise explains."],
  ["test.flaky", "A test answered differently without a change."],
];

/** An API client with one key. */
export function client(server, key) {
  return async (query, variables = {}) => {
    const response = await fetch(`${server}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({ query, variables }),
    });
    const answer = await response.json();
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return answer.data;
  };
}

/** A receiver that answers as `answer` says: `(request number) => { status, body, delayMs, headers }`. */
export async function receiver(answer, port = 0) {
  let count = 0;
  const received = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
      const { status = 200, body = "", delayMs = 0, headers = {} } = answer(count++);
      const send = () => response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
      if (delayMs > 0) setTimeout(send, delayMs);
      else send();
    });
  });
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  const close = () => new Promise((done) => { server.closeAllConnections(); server.close(done); });
  return { url: `http://127.0.0.1:${server.address().port}`, received, close };
}

/** Registers every event type. */
export async function registerTypes(ask) {
  for (const [name, description] of EVENT_TYPES) {
    await ask("mutation ($input: RegisterEventTypeInput!) { registerEventType(input: $input) { ok } }", { input: { name, description } });
  }
}

/** Makes a subscription; its id and secret. */
export async function subscribe(ask, input) {
  const data = await ask(
    "mutation ($input: CreateSubscriptionInput!) { createSubscription(input: $input) { ok secret { secret } subscription { id } refusals { message field } } }",
    { input },
  );
  const made = data.createSubscription;
  if (!made.ok) throw new Error(JSON.stringify(made.refusals));
  return { id: made.subscription.id, secret: made.secret?.secret };
}

/** Makes an inbox that answers so. */
export async function inbox(ask, name, responses) {
  const { createInbox } = await ask("mutation ($input: CreateInboxInput!) { createInbox(input: $input) { ok refusals { message } inbox { id url } } }", { input: { name, responses } });
  if (!createInbox.ok) throw new Error(JSON.stringify(createInbox.refusals));
  return createInbox.inbox;
}

/** Sends a sample that nobody published. */
export async function sendTest(ask, type, target) {
  const { eventType } = await ask("query ($name: String!) { eventType(name: $name) { atVersion { number sample } } }", { name: type });
  const event = { type, version: eventType.atVersion.number, dataText: JSON.stringify(eventType.atVersion.sample) };
  const { sendTest: sent } = await ask("mutation ($input: TestInput!) { sendTest(input: $input) { ok refusals { message } test { id } } }", { input: { event, target } });
  if (!sent.ok) throw new Error(JSON.stringify(sent.refusals));
  return sent.test;
}

/** Repeatable chance, so that pictures look alike. */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** One made-up event. */
export function event(random, number) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const model = pick(["llama-4-70b", "qwen-3-32b", "mistral-large", "gemma-3-27b", "phi-5"]);
  const suite = pick(["mlperf-inference", "tokens-per-second", "long-context", "code-eval"]);
  const type = pick(["benchmark.run.started", "benchmark.run.completed", "benchmark.run.completed", "benchmark.run.completed", "benchmark.run.failed", "result.scored", "result.regression", "test.flaky"]);
  const data = {
    run: `run_${(9_000 + number).toString(36)}`,
    suite,
    model: { name: model, quantisation: pick(["fp16", "fp8", "int4"]) },
    hardware: pick(["8×H200", "4×MI325X", "1×L40S", "TPU v6e-8"]),
    ...(type === "benchmark.run.failed" ? { status: "failed", reason: pick(["out of memory", "node lost", "timeout after 3600 s"]) } : { status: "passed" }),
    metrics: { tokens_per_second: Math.round(random() * 90_000) / 10, p50_ms: Math.round(random() * 900) / 10, p99_ms: Math.round(random() * 9_000) / 10 },
    regression: type === "result.regression",
  };
  return { type, source: pick(["/clusters/eu-1", "/clusters/us-2", "/clusters/ap-1"]), data, metadata: { environment: pick(["production", "staging"]), commit: Math.floor(random() * 2 ** 32).toString(16) } };
}

/** Publishes events in batches. */
export async function publish(server, key, events) {
  for (let start = 0; start < events.length; start += 100) {
    const response = await fetch(`${server}/v1/events`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify(events.slice(start, start + 100)),
    });
    if (!response.ok) throw new Error(await response.text());
  }
}

/** The platform's own examples of a type at each of its versions. */
export async function samples(ask, name) {
  const { eventType } = await ask("query ($name: String!) { eventType(name: $name) { versions { number examples sample } } }", { name });
  return eventType.versions.map(({ number, examples, sample }) => ({ type: name, version: number, source: "/clusters/eu-1", data: examples[0] ?? sample }));
}

/** Everything: types, receivers, subscriptions, events. Close the receivers that come back. */
export async function fill(server, key, count) {
  const ask = client(server, key);
  await registerTypes(ask);
  const random = chance(7);
  const good = await receiver(() => ({ status: 200, body: '{"ok":true}', delayMs: 8 + random() * 40 }));
  const slow = await receiver(() => ({ status: 202, delayMs: 350 + random() * 400 }));
  const flaky = await receiver((n) => (n % 3 === 0 ? { status: 200 } : { status: 503, body: '{"error":"upstream is deploying"}', headers: { "retry-after": "2" } }));
  const broken = await receiver(() => ({ status: 500, body: '{"error":"null pointer in BillingHandler.java:118"}' }));
  const refusing = await receiver(() => ({ status: 422, body: '{"error":"unknown field \\"regression\\""}' }));
  await subscribe(ask, { endpoint: `${good.url}/hooks/warehouse`, eventTypes: ["*", "benchmark.completed@1"], description: "Everything into the data warehouse", labels: [{ key: "team", value: "data" }, { key: "tier", value: "1" }] });
  await subscribe(ask, { endpoint: `${good.url}/hooks/leaderboard`, eventTypes: ["result.*", "benchmark.run.completed"], description: "Leaderboard refresh", filter: { and: [{ path: "data.status", equals: "passed" }, { path: "data.metrics.tokens_per_second", gt: 1000 }] } });
  await subscribe(ask, { endpoint: `${slow.url}/ci/gate`, eventTypes: ["benchmark.*"], description: "Release gate of the compiler team", limits: { concurrency: 8, timeoutMs: 5000 }, headers: [{ name: "Authorization", value: "Bearer s3cr3t" }] });
  await subscribe(ask, { endpoint: `${flaky.url}/notify`, eventTypes: ["result.regression", "test.flaky"], description: "Chat notifications", retryPolicy: { backoff: { delaysMs: [2000, 4000, 60000, 600000] }, finalStatuses: [404] } });
  await subscribe(ask, { endpoint: `${broken.url}/billing/usage`, eventTypes: ["benchmark.run.completed"], description: "Usage metering for billing", retryPolicy: { backoff: { delaysMs: [300, 600] } } });
  const missing = await receiver(() => ({ status: 404, body: '{"error":"no such board"}' }));
  await subscribe(ask, { endpoint: `${missing.url}/boards/7`, eventTypes: ["test.flaky"], description: "Board of flaky tests", retryPolicy: { finalStatuses: [404] } });
  await subscribe(ask, { endpoint: `${refusing.url}/v1/ingest`, eventTypes: ["result.*"], description: "Partner: Northbeam analytics", retryPolicy: { finalStatuses: [422] } });
  // A port where nobody listens any more.
  const gone = await receiver(() => ({}));
  await gone.close();
  const dead = await subscribe(ask, { endpoint: `${gone.url}/hooks`, eventTypes: ["benchmark.run.failed"], description: "Pager of the on-call rotation" });
  const paused = await subscribe(ask, { endpoint: `${good.url}/hooks/staging`, eventTypes: ["benchmark.*", "result.*"], description: "Staging mirror" });
  await ask("mutation ($input: SubscriptionNoteInput!) { pauseSubscription(input: $input) { ok } }", { input: { id: paused.id, note: "Staging is being rebuilt until Thursday" } });
  const trial = await inbox(ask, "Trying out retries", [{ status: 503, times: 2, body: '{"error":"not yet"}' }, { status: 200, body: '{"ok":true}' }]);
  const tried = await subscribe(ask, { endpoint: trial.url, eventTypes: ["benchmark.failed", "benchmark.completed"], description: "Into an inbox, to try out retries", retryPolicy: { backoff: { delaysMs: [800, 1600] } } });
  await inbox(ask, "Slow receiver", [{ status: 200, delayMs: 3000 }]);
  const unfinished = await inbox(ask, "Always failing", [{ status: 500, body: '{"error":"not written yet"}' }]);
  await subscribe(ask, { endpoint: unfinished.url, eventTypes: ["benchmark.failed"], description: "A receiver that is being written", retryPolicy: { backoff: { delaysMs: [300, 600] } } });
  const events = Array.from({ length: count }, (_, number) => event(random, number));
  // Last of all, so that they stand on top: types of the platform, at old versions and new ones.
  await publish(server, key, [...events, ...(await samples(ask, "benchmark.failed")), ...(await samples(ask, "benchmark.completed"))]);
  await sendTest(ask, "benchmark.failed", { subscriptionId: tried.id });
  await sendTest(ask, "benchmark.started", { draft: { endpoint: `${refusing.url}/v1/ingest`, eventTypes: ["benchmark.*"], filter: { path: "data.attempt", gt: 1 } } });
  await sendTest(ask, "result.published", { draft: { endpoint: `${gone.url}/hooks`, eventTypes: ["result.*"] } });
  return { receivers: [good, slow, flaky, broken, refusing, missing], dead, ask, random };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [server, key] = [process.env.HOOKLEDGER ?? "http://127.0.0.1:4300", process.env.HOOKLEDGER_KEY];
  const count = Number(process.argv.find((word) => /^\d+$/.test(word)) ?? 400);
  const { random } = await fill(server, key, count);
  console.log(`${count} events published; the receivers stay until Ctrl-C`);
  let number = count;
  if (process.argv.includes("--live")) setInterval(() => publish(server, key, [event(random, number++)]).catch(console.error), 1500);
}
