import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";

import { AWAITED_MS } from "@/api/awaited";
import { show } from "@/test/render";

import { Arrivals } from "./Arrivals";

const row = (state: string) => ({
  __typename: "Delivery", id: "dlv_1", state, eventId: "evt_1", eventType: "benchmark.completed", subscriptionId: "sub_1", subscription: null,
  attemptCount: 1, nextAttemptAt: null, lastAttemptAt: null, lastStatus: state === "DELIVERED" ? 204 : null, lastErrorClass: null, deadLetterReason: null,
  createdAt: "2026-11-20T00:00:00.000000Z", updatedAt: "2026-11-20T00:00:00.100000Z",
});
const page = (nodes: object[]) => ({ deliveries: { __typename: "DeliveryConnection", nodes, pageInfo: { __typename: "PageInfo", hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null } } });

describe("the arrival of a first event", () => {
  // A delivery that is done before the feed begins to tell is told by nobody.
  it.each([["there was no delivery yet", page([])], ["it was still waiting", page([row("WAITING")])]])("is seen without a word of the feed, when at first %s", async (_, first) => {
    const arrived = vi.fn();
    const answer = vi.fn(() => first);
    show(<Arrivals subscriptionId="sub_1" eventId="evt_1" inboxId={undefined} arrived={arrived} />, { Deliveries: () => answer() });
    await waitFor(() => expect(answer).toHaveBeenCalled());
    await waitFor(() => expect(screen.queryByText("Waiting") ?? screen.queryByRole("status", { name: "Loading" })).toBeInTheDocument());
    expect(arrived).not.toHaveBeenCalled();
    answer.mockImplementation(() => page([row("DELIVERED")]));
    expect(await screen.findByText("It arrived", {}, { timeout: 4 * AWAITED_MS })).toBeInTheDocument();
    expect(arrived).toHaveBeenCalled();
  });
});
