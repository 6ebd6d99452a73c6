// Follows a live feed with the client of graphql-ws: `node graphql-ws.mjs URL TOKEN DOCUMENT VARIABLES COUNT`.
//
// Prints one line of JSON for each result, and ends by itself after COUNT of them.

import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, token, query, variables, count] = process.argv.slice(2);

const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: { authorization: `Bearer ${token}` },
  retryAttempts: 0,
  on: { connected: () => console.log(JSON.stringify({ connected: true })) },
});

let seen = 0;
for await (const result of client.iterate({ query, variables: JSON.parse(variables) })) {
  console.log(JSON.stringify(result));
  seen += 1;
  if (seen === Number(count)) break;
}
await client.dispose();
