import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { ViewerContext } from "@/shell/viewer";
import type { ViewerQuery } from "@/shell/viewer.generated";
import { show } from "@/test/render";

import { AskBulk, type Wanted } from "./Bulk";
import { Groups } from "./Groups";

const viewer = (scopes: string[]) => ({ viewer: { scopes } }) as unknown as ViewerQuery;
const AT = "2026-11-20T10:00:00.000000Z";
const GROUP = {
  subscriptionId: "sub_1", reason: "EXHAUSTED", lastStatus: 500, lastErrorClass: null, count: 1204, firstAt: AT, lastAt: AT,
  subscription: { id: "sub_1", endpoint: "https://example.com/", description: "Billing", state: "ACTIVE" }, sample: { id: "dlv_1", eventType: "benchmark.completed" },
};
const answers = { DeadLetterGroups: () => ({ deadLetterGroups: { complete: true, groups: [GROUP] } }), CountDeliveries: () => ({ deliveries: { totalCount: { count: 1204, exact: true } } }) };

describe("dead letters by cause", () => {
  it("ask to retry exactly the group", async () => {
    const ask = vi.fn<(wanted: Wanted) => void>();
    show(<ViewerContext value={viewer(["MANAGE", "READ"])}><Groups ask={ask} refresh={0} /></ViewerContext>, answers);
    expect(await screen.findByText("1,204")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Retry 500 to Billing" }));
    expect(ask.mock.lastCall?.[0]).toMatchObject({ kind: "RETRY", filter: { states: ["DEAD_LETTERED"], subscriptionId: "sub_1", deadLetterReason: "EXHAUSTED", lastStatus: 500 } });
  });

  it("offer nothing to somebody who may only read", async () => {
    show(<ViewerContext value={viewer(["READ"])}><Groups ask={vi.fn()} refresh={0} /></ViewerContext>, answers);
    await screen.findByText("1,204");
    expect(screen.queryByRole("button", { name: /Retry|Discard/ })).toBeNull();
  });

  it("say before how many they are, and show what the server refuses", async () => {
    const begun = vi.fn();
    const refused = { startBulkAction: { ok: false, position: null, refusals: [{ code: "too_many", message: "5 of them go on already", field: null, pointer: null }], bulkAction: null } };
    show(<AskBulk wanted={{ kind: "CANCEL", filter: {}, what: "are selected" }} close={vi.fn()} begun={begun} />, { ...answers, StartBulkAction: () => refused });
    await userEvent.click(await screen.findByRole("button", { name: "Discard 1,204" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("5 of them go on already");
    expect(begun).not.toHaveBeenCalled();
  });
});
