import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";

import { belongs, filterOf } from "./filters";
import { asCurl, bodyOf, headersOf, isExact } from "./request";

const EVENT = { id: "evt_1", type: "benchmark.completed", version: 1, source: "/tests", time: "2026-09-21T14:13:20.000000Z", dataText: '{"score":1.10}', metadataText: null };

describe("the request of an attempt", () => {
  it("is put together byte for byte, and proved by its digest", async () => {
    const body = bodyOf(EVENT);
    expect(body).toBe('{"id":"evt_1","type":"benchmark.completed","version":1,"source":"/tests","timestamp":"2026-09-21T14:13:20.000000Z","data":{"score":1.10}}');
    const digest = createHash("sha256").update(body).digest("hex");
    expect(await isExact(body, digest)).toBe(true);
    expect(await isExact(bodyOf({ ...EVENT, metadataText: "{}" }), digest)).toBe(false);
  });

  it("becomes a command in which quotes survive the shell", () => {
    const headers = headersOf({ id: "dlv_1", headerNames: ["Authorization"] }, "2026-09-21T14:13:20.500Z", "HMAC_SHA256");
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
