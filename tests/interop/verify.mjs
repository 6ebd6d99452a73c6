// Verifies the requests of a journal with the JavaScript libraries of Standard Webhooks and Svix.
//
// Prints how many requests each library accepted, as JSON; ends at the first that is refused, and at the first
// altered one that is not.

import { readFileSync } from "node:fs";
import * as standardwebhooks from "standardwebhooks";
import * as svix from "svix";

const LIBRARIES = { standardwebhooks, svix };

function verify(name, line) {
  const { Webhook, WebhookVerificationError } = LIBRARIES[name];
  const webhook = new Webhook(line.secret);
  const body = Buffer.from(line.body_base64, "base64");
  const id = line.headers["webhook-id"];
  try {
    webhook.verify(body, line.headers);
  } catch (error) {
    throw new Error(`${name} refused ${id}: ${error.message}`);
  }
  try {
    webhook.verify(Buffer.concat([body, Buffer.from(" ")]), line.headers);
  } catch (error) {
    if (error instanceof WebhookVerificationError) return;
    throw error;
  }
  throw new Error(`${name} accepted ${id} with an altered body`);
}

const lines = readFileSync(process.argv[2], "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
for (const name of Object.keys(LIBRARIES)) {
  for (const line of lines) verify(name, line);
}
console.log(JSON.stringify(Object.fromEntries(Object.keys(LIBRARIES).map((name) => [name, lines.length]))));
