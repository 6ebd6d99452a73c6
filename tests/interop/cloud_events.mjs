// Speaks CloudEvents with the JavaScript SDK.
//
// `produce`: prints the requests that the SDK makes of one event, as JSON: one for each mode, a batch included.
// `parse JOURNAL`: reads the requests of a journal with the SDK, and prints what each of them says, as JSON.

import { readFileSync } from "node:fs";
import { CloudEvent, HTTP } from "cloudevents";

function event(mode) {
  return new CloudEvent({
    id: `javascript/${mode}`,
    source: "https://bench.example.com/runs?of=javascript",
    type: "result.generated",
    time: "2026-11-23T16:00:00.250Z",
    subject: "runs/7",
    datacontenttype: "application/json",
    dataversion: 2,
    partitionkey: "eu-1",
    data: { score: 1.5, name: "Zürich", list: [1, null, true] },
  });
}

function request(mode, message) {
  return { mode, headers: message.headers, body_base64: Buffer.from(message.body).toString("base64") };
}

function produce() {
  const batch = ["batch/1", "batch/2"].map((mode) => HTTP.structured(event(mode)).body);
  return [
    request("structured", HTTP.structured(event("structured"))),
    request("binary", HTTP.binary(event("binary"))),
    request("batch", {
      headers: { "content-type": "application/cloudevents-batch+json" },
      body: `[${batch.join(",")}]`,
    }),
  ];
}

// Receivers have to decode the values of headers (HTTP protocol binding, section 3.1.3.2); this SDK leaves that to us.
function decoded(headers) {
  const entries = Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name, name.startsWith("ce-") ? decodeURIComponent(value) : value]));
}

function parsed(line) {
  const { headers, body_base64 } = JSON.parse(line);
  const read = HTTP.toEvent({ headers: decoded(headers), body: Buffer.from(body_base64, "base64").toString("utf8") });
  const { data, ...attributes } = read.toJSON();
  return { attributes, data };
}

const [, , task, journal] = process.argv;
const lines = () => readFileSync(journal, "utf8").trim().split("\n");
console.log(JSON.stringify(task === "produce" ? produce() : lines().map(parsed)));
