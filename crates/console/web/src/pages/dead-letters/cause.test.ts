import { describe, expect, it } from "vitest";

import { filterOf } from "@/pages/deliveries/filters";

import { causeWords, filterOfGroup, searchOfGroup, selectionWords } from "./cause";

const GROUP = { subscriptionId: "sub_1", reason: "EXHAUSTED", lastStatus: 500, lastErrorClass: null } as const;

describe("a group of dead letters", () => {
  it("is told by its last answer and why no attempt is left", () => {
    expect(causeWords(GROUP)).toBe("Answered 500; its attempts, or its time, are used up");
    expect(causeWords({ reason: "EXHAUSTED", lastErrorClass: "connect_refused" })).toMatch(/^No answer: connect_refused;/);
    expect(causeWords({ reason: "NOT_CASTABLE" })).toMatch(/^Never sent;/);
  });

  it("is the same filter whether it is asked for or found in an address", () => {
    const { view: _, ...search } = searchOfGroup(GROUP);
    expect(filterOf(search, { states: ["DEAD_LETTERED"] })).toMatchObject(filterOfGroup(GROUP));
  });

  it("of which nothing was ever sent leaves out what was answered, and what was not", () => {
    const never = { ...GROUP, lastStatus: null };
    const { view: _, ...search } = searchOfGroup(never);
    expect(filterOfGroup(never)).toMatchObject({ statusClass: "NO_ATTEMPT", lastStatus: null, errorClass: null });
    expect(filterOf(search, { states: ["DEAD_LETTERED"] })).toMatchObject(filterOfGroup(never));
    expect(filterOfGroup(GROUP).statusClass).toBeNull();
    expect(filterOfGroup({ ...never, lastErrorClass: "timeout" }).statusClass).toBeNull();
  });
});

describe("a recorded selection", () => {
  it("is told in words, and says when it takes all", () => {
    expect(selectionWords({ states: ["dead_lettered"] })).toBe("all of them");
    expect(selectionWords({ states: ["dead_lettered"], subscription: "sub_1", answer: "server_error", status: 503, dead_letter_reason: "final_status" })).toBe("of sub_1, answered 503, because of final status");
  });
});
