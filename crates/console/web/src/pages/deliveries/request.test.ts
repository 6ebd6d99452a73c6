import { describe, expect, it } from "vitest";

import { belongs, filterOf } from "./filters";
import { asCurl, asVariables } from "./request";

const MADE = {
  url: "https://example.com/", body: `{"it":"it's"}`,
  headers: [{ name: "webhook-id", value: "dlv_1" }, { name: "webhook-timestamp", value: "1790000000" }, { name: "authorization", value: "[hidden]" }],
};

describe("the request of an attempt", () => {
  it("becomes a command in which quotes survive the shell, and what is hidden is left open", () => {
    expect(asCurl(MADE)).toBe("curl -sS -X POST 'https://example.com/' \\\n  -H 'webhook-id: dlv_1' \\\n  -H 'webhook-timestamp: 1790000000' \\\n  -H 'authorization: …' \\\n  --data-binary '{\"it\":\"it'\\''s\"}'");
  });

  it("can be checked by hand with its own signature, or not at all", () => {
    expect(asVariables(MADE)).toBeNull();
    const signed = asVariables({ ...MADE, headers: [...MADE.headers, { name: "webhook-signature", value: "v1,abc=" }] });
    expect(signed?.split("\n").slice(1)).toEqual(["WEBHOOK_ID='dlv_1'", "WEBHOOK_TIMESTAMP='1790000000'", "WEBHOOK_SIGNATURE='v1,abc='"]);
  });
});

describe("the filters of deliveries", () => {
  it("ignore what an address says wrongly", () => {
    expect(filterOf({ state: "RETRYING,NONSENSE", answer: "NOPE", from: "yesterday" })).toMatchObject({ states: ["RETRYING"], statusClass: null, acceptedFrom: null });
  });

  it("tell whether news belong into the list", () => {
    const row = { state: "RETRYING", lastStatus: 503, attemptCount: 1, eventType: "benchmark.run.failed", eventId: "evt_1", subscriptionId: "sub_1", createdAt: "2026-09-21T14:13:20.000000Z" } as const;
    expect(belongs(row, filterOf({ state: "RETRYING", type: "benchmark.*", answer: "SERVER_ERROR" }))).toBe(true);
    for (const search of [{ state: "DELIVERED" }, { type: "benchmark" }, { answer: "NO_RESPONSE" }, { answer: "NO_ATTEMPT" }, { subscription: "sub_2" }, { from: "2026-09-22T00:00:00Z" }]) {
      expect(belongs(row, filterOf(search))).toBe(false);
    }
  });
});
