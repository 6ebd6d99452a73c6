import { describe, expect, it } from "vitest";

import { newTest } from "@/pages/subscriptions/filter";

import { inputOf, NO_TARGET } from "./Target";

describe("whom a sample is for", () => {
  it("is nobody until it is said", () => {
    expect(inputOf(NO_TARGET, "benchmark.completed")).toBeNull();
    expect(inputOf({ ...NO_TARGET, kind: "draft" }, "benchmark.completed")).toBeNull();
  });

  it("is a subscription by its id", () => {
    expect(inputOf({ ...NO_TARGET, id: "sub_1" }, "benchmark.completed")).toEqual({ subscriptionId: "sub_1" });
  });

  it("is a draft that wants the very type unless it says which", () => {
    const draft = { ...NO_TARGET, kind: "draft" as const, endpoint: " https://example.com/hooks " };
    expect(inputOf(draft, "benchmark.completed")).toEqual({ draft: expect.objectContaining({ endpoint: "https://example.com/hooks", eventTypes: ["benchmark.completed"], filter: null }) as object });
    expect(inputOf({ ...draft, types: "benchmark.*, test.failed" }, "benchmark.completed")).toEqual({ draft: expect.objectContaining({ eventTypes: ["benchmark.*", "test.failed"] }) as object });
  });

  it("waits for a filter to be complete", () => {
    expect(inputOf({ ...NO_TARGET, kind: "draft", endpoint: "https://example.com/", filter: newTest() }, "benchmark.completed")).toBeNull();
  });
});
