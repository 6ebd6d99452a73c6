// Every page of the console, for what is done with all of them.

/** Addresses below `/console`, by a name that a file can have; `things` are ids of what there is. */
export function pagesOf(things) {
  return {
    overview: "/",
    start: "/start",
    subscriptions: "/subscriptions",
    "subscription-new": "/subscriptions/new",
    subscription: `/subscriptions/${things.subscription}`,
    "subscription-deliveries": `/subscriptions/${things.subscription}/deliveries`,
    "subscription-secret": `/subscriptions/${things.subscription}/secret`,
    "subscription-history": `/subscriptions/${things.subscription}/history`,
    "subscription-edit": `/subscriptions/${things.subscription}/edit`,
    events: "/events",
    event: `/events/${things.event}`,
    "event-at-a-version": `/events/${things.versioned}?at=latest`,
    deliveries: "/deliveries",
    delivery: `/deliveries/${things.delivery}`,
    "dead-letters": "/dead-letters",
    "dead-letters-one-by-one": "/dead-letters?view=list",
    playground: `/playground?subscription=${things.tried}&type=benchmark.failed`,
    "playground-draft": "/playground?endpoint=https://example.com/hooks&type=benchmark.started",
    test: `/tests/${things.test}`,
    inboxes: "/inboxes",
    inbox: `/inboxes/${things.inbox}`,
    "event-types": "/event-types",
    "event-type": "/event-types/benchmark.completed",
    "event-type-before": "/event-types/benchmark.completed?version=2",
    "event-type-without-schema": "/event-types/benchmark.run.completed",
    publish: "/publish",
    "api-keys": "/api-keys",
    explorer: "/explorer",
    nothing: "/there/is/nothing/here",
    gone: "/deliveries/dlv_00000000000000000000000000",
  };
}

/** Ids for the pages, once a server was filled. */
export async function thingsOf(ask) {
  const data = await ask(`{
    subscriptions(filter: { search: "Leaderboard" }, first: 1) { nodes { id } }
    deliveries(filter: { states: [DEAD_LETTERED] }, first: 100) { nodes { id eventId attemptCount } }
    tried: subscriptions(filter: { search: "Into an inbox" }, first: 1) { nodes { id } }
    tests(first: 1) { nodes { id } }
    inboxes { id name }
    events(filter: { type: "benchmark.completed" }, first: 3) { nodes { id version } }
  }`);
  // The one with the most to show.
  const [delivery] = [...data.deliveries.nodes].sort((one, other) => other.attemptCount - one.attemptCount);
  return { subscription: data.subscriptions.nodes[0]?.id, delivery: delivery?.id, attempts: delivery?.attemptCount ?? 0, event: delivery?.eventId, tried: data.tried.nodes[0]?.id, test: data.tests.nodes[0]?.id, inbox: data.inboxes.find(({ name }) => name === "Trying out retries")?.id, versioned: data.events.nodes.find(({ version }) => version === 1)?.id };
}

/** Opens a page and waits until what it asked for is there. */
export async function open(page, server, path) {
  await page.goto(`${server.url}/console${path}`);
  await page.locator("#content h1").first().waitFor();
  await page.locator('[role="status"][aria-label="Loading"]').first().waitFor({ state: "detached" });
}
