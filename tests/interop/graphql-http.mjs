// Runs the server audits of graphql-http: `node graphql-http.mjs URL TOKEN`.
//
// Prints every audit as JSON: its id, its name, its outcome (ok, warn, error, notice) and, unless ok, the reason.

import { auditServer } from "graphql-http";

const [url, token] = process.argv.slice(2);

const fetchFn = (input, init = {}) =>
  fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });

const results = await auditServer({ url, fetchFn });
console.log(
  JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason: reason ?? null }))),
);
