// The one GraphQL client: requests by POST, live feeds over one socket, both by the browser's session.
import { createClient as createSocket } from "graphql-ws";
import { cacheExchange, Client, fetchExchange, mapExchange, subscriptionExchange, type CombinedError } from "urql";

import { lookAfterIt, noteAway, noteHere } from "./presence";
import { signedOut, untilSignedIn } from "./session";

/** What an error says of itself in its extensions; see the reference of errors. */
export function codeOf(error: CombinedError): string {
  if (error.networkError) return statusOf(error) === undefined ? "NETWORK" : "FAULT";
  const code = error.graphQLErrors[0]?.extensions?.code;
  return typeof code === "string" ? code : "INTERNAL";
}

/** The HTTP status of an answer that is none of the API's: of a fault, or of something in between. */
const statusOf = ({ response }: CombinedError): number | undefined => (response as Response | undefined)?.status;

/** The message for people: the server's own words, where it has some. */
export function messageOf(error: CombinedError): string {
  const status = statusOf(error);
  return error.graphQLErrors[0]?.message ?? (status === undefined ? "It does not answer." : `The server answered with status ${status}, and nothing else.`);
}

export type SocketState = "off" | "connecting" | "live" | "lost";
let socketState: SocketState = "off";
const listeners = new Set<() => void>();
function tellSocket(state: SocketState) {
  socketState = state;
  for (const listener of listeners) listener();
}
/** For `useSyncExternalStore`: how the live feed fares. */
export const socketStore = {
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  get: () => socketState,
};

/** The client, and what ends its socket. The socket is open as long as somebody is signed in: it tells when the server goes away. */
export function createClient(): { client: Client; close: () => void } {
  const socket = createSocket({
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql/ws`,
    lazy: false,
    onNonLazyError: () => tellSocket("lost"),
    retryAttempts: Number.MAX_SAFE_INTEGER,
    shouldRetry: () => true,
    retryWait: async (attempt) => {
      await new Promise((done) => setTimeout(done, Math.min(500 * 2 ** attempt, 5_000)));
      await untilSignedIn();
    },
    on: {
      connecting: (retrying) => tellSocket(retrying ? "lost" : "connecting"),
      connected: () => tellSocket("live"),
      closed: (event) => {
        tellSocket((event as CloseEvent).wasClean ? "off" : "lost");
        // 4403: the session has ended, or its key was revoked.
        if ((event as CloseEvent).code === 4403) signedOut();
        else if (!(event as CloseEvent).wasClean) void lookAfterIt();
      },
    },
  });
  const client = new Client({
    url: "/graphql",
    preferGetMethod: false,
    requestPolicy: "cache-and-network",
    fetchOptions: { headers: { accept: "application/graphql-response+json" } },
    exchanges: [
      mapExchange({
        onResult: (result) => { if (result.operation.kind !== "subscription" && !(result.error && codeOf(result.error) === "NETWORK")) noteHere(); },
        onError: (error, operation) => {
          const code = codeOf(error);
          if (code === "UNAUTHENTICATED") signedOut();
          if (code === "NETWORK" && operation.kind !== "subscription") noteAway();
        },
      }),
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { query: request.query ?? "", variables: request.variables as Record<string, unknown> },
              { next: (value) => sink.next(value as never), error: (error) => sink.error(error), complete: () => sink.complete() },
            ),
          }),
        }),
      }),
    ],
  });
  return { client, close: () => void socket.dispose() };
}
