// What each page shows when it has nothing to show yet, nothing at all, may not, cannot, or can only in part.

/**
 * Every route, by its id in the router; `states.test.mjs` fails for one that is not here. `path` is an address of a server that
 * is lived in. `empty` is what a new server shows at `bare`, or at the same address. `asks` is false where nothing is asked.
 */
export const STATES = {
  "/": { path: () => "/", empty: "Nothing is set up yet" },
  "/start": { path: (things) => `/start?subscription=${things.subscription}&inbox=${things.inbox}&event=${things.event}`, bare: "/start", empty: "After the step before." },
  "/subscriptions": { path: () => "/subscriptions", empty: "No subscriptions yet" },
  "/subscriptions/new": { path: () => "/subscriptions/new", empty: "Create subscription" },
  "/subscriptions/$id/": { path: (things) => `/subscriptions/${things.subscription}`, bare: "/subscriptions/sub_00000000000000000000000000", empty: "There is no such subscription" },
  "/subscriptions/$id/deliveries": { path: (things) => `/subscriptions/${things.subscription}/deliveries`, bare: "/subscriptions/sub_00000000000000000000000000/deliveries", empty: "There is no such subscription" },
  "/subscriptions/$id/secret": { path: (things) => `/subscriptions/${things.subscription}/secret`, bare: "/subscriptions/sub_00000000000000000000000000/secret", empty: "There is no such subscription" },
  "/subscriptions/$id/history": { path: (things) => `/subscriptions/${things.subscription}/history`, bare: "/subscriptions/sub_00000000000000000000000000/history", empty: "There is no such subscription" },
  "/subscriptions/$id/edit": { path: (things) => `/subscriptions/${things.subscription}/edit`, bare: "/subscriptions/sub_00000000000000000000000000/edit", empty: "There is no such subscription" },
  "/deliveries": { path: () => "/deliveries", empty: "Nothing was delivered yet" },
  "/deliveries/$id": { path: (things) => `/deliveries/${things.delivery}`, bare: "/deliveries/dlv_00000000000000000000000000", empty: "There is no such delivery" },
  "/dead-letters": { path: () => "/dead-letters", empty: "No dead letters" },
  "/events": { path: () => "/events", empty: "No events yet" },
  "/events/$id": { path: (things) => `/events/${things.versioned}`, bare: "/events/evt_00000000000000000000000000", empty: "There is no such event" },
  "/publish": { path: () => "/publish?type=benchmark.started", empty: "What you publish appears here" },
  "/event-types": { path: () => "/event-types", bare: "/event-types?q=nothing-is-called-this", empty: "No type is like that" },
  "/event-types/$name": { path: () => "/event-types/benchmark.completed", bare: "/event-types/nothing.is.called.this", empty: "There is no such event type" },
  "/inboxes": { path: () => "/inboxes", empty: "No inboxes" },
  "/inboxes/$id": { path: (things) => `/inboxes/${things.inbox}`, bare: "/inboxes/inb_00000000000000000000000000", empty: "There is no such inbox" },
  "/playground": { path: (things) => `/playground?subscription=${things.tried}&type=benchmark.failed`, bare: "/playground", empty: "Nothing was tried yet" },
  "/tests/$id": { path: (things) => `/tests/${things.test}`, bare: "/tests/tst_00000000000000000000000000", empty: "There is no such test" },
  // Whoever looks at keys has one.
  "/api-keys": { path: () => "/api-keys", bare: "/api-keys", empty: "New key" },
  "/explorer": { path: () => "/explorer", asks: false, empty: "API explorer" },
  "/id/$id": { path: (things) => `/id/${things.delivery}`, bare: "/id/dlv_00000000000000000000000000", empty: "There is no such delivery" },
};

const operationOf = (request) => /^\s*(?:query|mutation)\s+(\w+)/.exec(request.postDataJSON()?.query ?? "")?.[1] ?? "";
/** The frame around each page asks who is signed in: that goes well, or there is no page. */
const isFrame = (operation) => operation === "Viewer";

/** Stands between a page and the API: `ill` says how what a page asks for ends, by the name of the operation. */
export async function intercept(page) {
  const control = { ill: () => null, asked: new Set(), release: () => {} };
  await page.route("**/graphql", async (route) => {
    const operation = operationOf(route.request());
    if (isFrame(operation)) return route.continue();
    control.asked.add(operation);
    const ill = control.ill(operation);
    if (ill === "held") {
      await new Promise((done) => { const before = control.release; control.release = () => { before(); done(); }; });
      return answer(route, "forbidden");
    }
    return ill ? answer(route, ill) : route.continue();
  });
  return control;
}

function answer(route, ill) {
  if (ill === "unreachable") return route.abort("connectionrefused");
  if (ill === "broken") return route.fulfill({ status: 500, contentType: "text/plain", body: "something broke" });
  const errors = [{ message: "this needs the scope read", extensions: { code: "FORBIDDEN" } }];
  return route.fulfill({ status: 200, contentType: "application/graphql-response+json", body: JSON.stringify({ data: null, errors }) });
}
