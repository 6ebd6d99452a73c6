import { describe, expect, it } from "vitest";

import { told } from "./history";

const created = { type: "subscription.created", details: { created: { settings: { endpoint: "https://a.example", limits: { concurrency: 64 } }, secret: { sealed: {} }, active: true } } };

describe("the history of a subscription", () => {
  it("says what a setting was and what it became", () => {
    const [, first, second] = told([
      created,
      { type: "subscription.endpoint_changed", details: { endpoint_changed: { endpoint: "https://b.example" } } },
      { type: "subscription.endpoint_changed", details: { endpoint_changed: { endpoint: "https://c.example" } } },
    ]);
    expect(first?.changes).toEqual([{ setting: "endpoint", before: "https://a.example", after: "https://b.example" }]);
    expect(second?.changes).toEqual([{ setting: "endpoint", before: "https://b.example", after: "https://c.example" }]);
  });

  it("says why it was paused, in the words of whoever did", () => {
    const said = told([
      { type: "subscription.paused", details: { paused: { reason: { requested: { note: "Moving" } } } } },
      { type: "subscription.resumed", details: "resumed" },
      { type: "subscription.disabled", details: { disabled: { reason: "endpoint_gone" } } },
    ]);
    expect(said.map(({ note }) => note)).toEqual(["“Moving”", null, "because the endpoint answered 410 Gone"]);
  });

  it("never repeats what is sealed", () => {
    const [, changed] = told([created, { type: "subscription.headers_changed", details: { headers_changed: { headers: { authorization: { ciphertext: "Od7G" } } } } }]);
    expect(changed?.changes).toEqual([]);
  });
});
