import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";

import { belongs, filterOf } from "./filters";
import { asCurl, headersOf, isExact, sentOf } from "./request";

const EVENT = { id: "evt_1", type: "benchmark.completed", source: "/tests", time: "2026-09-21T14:13:20.000000Z", metadataText: null };
const SEEN = { version: 1, schema: null, dataText: '{"score":1.10}' };

describe("the request of an attempt", () => {
  it("is put together byte for byte, and proved by its digest", async () => {
    const { body } = sentOf("STANDARD_WEBHOOKS", EVENT, SEEN);
    expect(body).toBe('{"id":"evt_1","type":"benchmark.completed","version":1,"source":"/tests","timestamp":"2026-09-21T14:13:20.000000Z","data":{"score":1.10}}');
    const digest = createHash("sha256").update(body).digest("hex");
    expect(await isExact(body, digest)).toBe(true);
    expect(await isExact(sentOf("STANDARD_WEBHOOKS", { ...EVENT, metadataText: "{}" }, SEEN).body, digest)).toBe(false);
  });

  it("names the version that the subscription sees, and what its schema is called", () => {
    expect(sentOf("STANDARD_WEBHOOKS", EVENT, { ...SEEN, version: 2, schema: "https://example.com/v2.json" }).body).toContain('"version":2,"schema":"https://example.com/v2.json","source"');
  });

  it("is a CloudEvent where the subscription wants one", () => {
    const event = { ...EVENT, publisherId: "run 7", metadataText: '{"correlation_id":"c 1","attributes":{"subject":"Läufe/7","weight":-5},"labels":{"a":1}}' };
    const structured = sentOf("CLOUDEVENTS_STRUCTURED", event, SEEN).body;
    expect(structured).toMatch(/^\{"specversion":"1.0","id":"run 7","source":"\/tests","type":"benchmark.completed","time":"2026-09-21T14:13:20.000000Z","datacontenttype":"application\/json","dataversion":1,"hookledgerid":"evt_1","correlationid":"c 1","subject":"Läufe\/7","weight":-5,"metadata":/);
    expect(structured.endsWith(',"data":{"score":1.10}}')).toBe(true);
    const binary = sentOf("CLOUDEVENTS_BINARY", event, SEEN);
    expect(binary.body).toBe('{"score":1.10}');
    expect(binary.headers).toContainEqual(["ce-subject", "L%C3%A4ufe/7"]);
    expect(binary.headers).toContainEqual(["ce-correlationid", "c%201"]);
  });

  it("becomes a command in which quotes survive the shell", () => {
    const headers = headersOf({ id: "dlv_1", headerNames: ["Authorization"] }, "2026-09-21T14:13:20.500Z", "HMAC_SHA256", [["content-type", "application/json"]]);
    expect(headers).toContainEqual(["webhook-timestamp", "1790000000"]);
    expect(asCurl("https://example.com/", [["a", "b"]], "it's")).toBe("curl -sS -X POST 'https://example.com/' \\\n  -H 'a: b' \\\n  --data-binary 'it'\\''s'");
  });
});

describe("the filters of deliveries", () => {
  it("ignore what an address says wrongly", () => {
    expect(filterOf({ state: "RETRYING,NONSENSE", answer: "NOPE", from: "yesterday" })).toMatchObject({ states: ["RETRYING"], statusClass: null, acceptedFrom: null });
  });

  it("tell whether news belong into the list", () => {
    const row = { state: "RETRYING", lastStatus: 503, attemptCount: 1, eventType: "benchmark.run.failed", eventId: "evt_1", subscriptionId: "sub_1", createdAt: "2026-09-21T14:13:20.000000Z" } as const;
    expect(belongs(row, filterOf({ state: "RETRYING", type: "benchmark.*", answer: "SERVER_ERROR" }))).toBe(true);
    for (const search of [{ state: "DELIVERED" }, { type: "benchmark" }, { answer: "NO_RESPONSE" }, { subscription: "sub_2" }, { from: "2026-09-22T00:00:00Z" }]) {
      expect(belongs(row, filterOf(search))).toBe(false);
    }
  });
});
