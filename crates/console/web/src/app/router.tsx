// Every address of the console, and what it may say after the question mark.
import {
  createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect,
} from "@tanstack/react-router";
import * as z from "zod/mini";

import { Loading } from "@/ui/states";
import { Shell } from "@/shell/Shell";
import { NotFound, Broken } from "@/shell/Lost";

const text = z.catch(z.optional(z.string()), undefined);
const place = { after: text, before: text };
const deliverySearch = z.object({ ...place, state: text, subscription: text, event: text, type: text, answer: text, error: text, status: text, reason: text, from: text, to: text });
const subscriptionSearch = z.object({ ...place, q: text, state: text });
const eventSearch = z.object({ ...place, type: text, source: text, publisherId: text, from: text, to: text });
export type DeliverySearch = z.infer<typeof deliverySearch>;
export type EventSearch = z.infer<typeof eventSearch>;
export type SubscriptionSearch = z.infer<typeof subscriptionSearch>;

const root = createRootRouteWithContext<{ signOut: () => void }>()({ component: Shell, notFoundComponent: NotFound, errorComponent: Broken });
const at = <Path extends string>(path: Path) => ({ getParentRoute: () => root, path }) as const;

const overview = createRoute({ ...at("/"), validateSearch: z.object({ range: text }), component: lazyRouteComponent(() => import("@/pages/overview/Overview"), "Overview") });
const start = createRoute({ ...at("/start"), validateSearch: z.object({ subscription: text, inbox: text, event: text }), component: lazyRouteComponent(() => import("@/pages/start/Start"), "Start") });
const subscriptions = createRoute({ ...at("/subscriptions"), validateSearch: subscriptionSearch, component: lazyRouteComponent(() => import("@/pages/subscriptions/List"), "SubscriptionList") });
const newSubscription = createRoute({ ...at("/subscriptions/new"), validateSearch: z.object({ endpoint: text, type: text }), component: lazyRouteComponent(() => import("@/pages/subscriptions/Create"), "CreateSubscription") });
const subscription = createRoute({ ...at("/subscriptions/$id"), component: lazyRouteComponent(() => import("@/pages/subscriptions/Detail"), "SubscriptionDetail") });
const subscriptionIndex = createRoute({ getParentRoute: () => subscription, path: "/", component: lazyRouteComponent(() => import("@/pages/subscriptions/OverviewTab"), "OverviewTab") });
const subscriptionDeliveries = createRoute({ getParentRoute: () => subscription, path: "/deliveries", validateSearch: deliverySearch, component: lazyRouteComponent(() => import("@/pages/subscriptions/DeliveriesTab"), "DeliveriesTab") });
const subscriptionSecret = createRoute({ getParentRoute: () => subscription, path: "/secret", component: lazyRouteComponent(() => import("@/pages/subscriptions/SecretTab"), "SecretTab") });
const subscriptionHistory = createRoute({ getParentRoute: () => subscription, path: "/history", component: lazyRouteComponent(() => import("@/pages/subscriptions/HistoryTab"), "HistoryTab") });
const subscriptionEdit = createRoute({ getParentRoute: () => subscription, path: "/edit", component: lazyRouteComponent(() => import("@/pages/subscriptions/Edit"), "EditTab") });
const deliveries = createRoute({ ...at("/deliveries"), validateSearch: deliverySearch, component: lazyRouteComponent(() => import("@/pages/deliveries/List"), "DeliveryList") });
const delivery = createRoute({ ...at("/deliveries/$id"), validateSearch: z.object({ attempt: text, part: text }), component: lazyRouteComponent(() => import("@/pages/deliveries/Detail"), "DeliveryDetail") });
const deadLetters = createRoute({ ...at("/dead-letters"), validateSearch: z.extend(deliverySearch, { view: text, action: text }), component: lazyRouteComponent(() => import("@/pages/dead-letters/DeadLetters"), "DeadLetters") });
const events = createRoute({ ...at("/events"), validateSearch: eventSearch, component: lazyRouteComponent(() => import("@/pages/events/List"), "EventList") });
const event = createRoute({ ...at("/events/$id"), validateSearch: z.object({ at: text }), component: lazyRouteComponent(() => import("@/pages/events/Detail"), "EventDetail") });
const publish = createRoute({ ...at("/publish"), validateSearch: z.object({ type: text }), component: lazyRouteComponent(() => import("@/pages/events/Publish"), "Publish") });
const types = createRoute({ ...at("/event-types"), validateSearch: z.object({ q: text, after: text }), component: lazyRouteComponent(() => import("@/pages/types/List"), "EventTypes") });
const type = createRoute({ ...at("/event-types/$name"), validateSearch: z.object({ version: text }), component: lazyRouteComponent(() => import("@/pages/types/Detail"), "EventTypeDetail") });
const inboxes = createRoute({ ...at("/inboxes"), component: lazyRouteComponent(() => import("@/pages/inboxes/List"), "Inboxes") });
const inbox = createRoute({ ...at("/inboxes/$id"), validateSearch: z.object({ request: text, change: text }), component: lazyRouteComponent(() => import("@/pages/inboxes/Detail"), "InboxDetail") });
const playground = createRoute({ ...at("/playground"), validateSearch: z.object({ ...place, type: text, subscription: text, endpoint: text }), component: lazyRouteComponent(() => import("@/pages/playground/Playground"), "Playground") });
const testPage = createRoute({ ...at("/tests/$id"), component: lazyRouteComponent(() => import("@/pages/playground/TestPage"), "TestPage") });
const keys = createRoute({ ...at("/api-keys"), validateSearch: z.object(place), component: lazyRouteComponent(() => import("@/pages/keys/Keys"), "Keys") });
const explorer = createRoute({ ...at("/explorer"), component: lazyRouteComponent(() => import("@/pages/explorer/Explorer"), "Explorer") });
/** Any id leads to its page. */
const anyId = createRoute({
  ...at("/id/$id"),
  beforeLoad: ({ params }) => {
    const { id } = params;
    if (id.startsWith("sub_")) throw redirect({ to: "/subscriptions/$id", params: { id } });
    if (id.startsWith("dlv_")) throw redirect({ to: "/deliveries/$id", params: { id } });
    if (id.startsWith("inb_")) throw redirect({ to: "/inboxes/$id", params: { id } });
    if (id.startsWith("tst_")) throw redirect({ to: "/tests/$id", params: { id } });
    if (id.startsWith("act_")) throw redirect({ to: "/dead-letters", search: { action: id } });
    if (id.startsWith("evt_")) throw redirect({ to: "/events/$id", params: { id } });
    throw redirect({ to: "/" });
  },
});

const tree = root.addChildren([
  overview, start, subscriptions, newSubscription,
  subscription.addChildren([subscriptionIndex, subscriptionDeliveries, subscriptionSecret, subscriptionHistory, subscriptionEdit]),
  deliveries, delivery, deadLetters, events, event, publish, types, type, inboxes, inbox, playground, testPage, keys, explorer, anyId,
]);

export const router = createRouter({
  routeTree: tree,
  basepath: "/console",
  context: { signOut: () => {} },
  defaultPreload: "intent",
  defaultPendingComponent: Loading,
  defaultPendingMs: 300,
  scrollRestoration: true,
  // Addresses are shared and read: plain words, no JSON.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== "");
    const words = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return words ? `?${words}` : "";
  },
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
