import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";

import { show } from "@/test/render";

import { TypePicker } from "./TypePicker";

let wanted: string[] = [];
function Held({ error }: { error?: string }) {
  const [value, setValue] = useState<string[]>([]);
  wanted = value;
  return <TypePicker value={value} change={setValue} error={error} />;
}
const type = (name: string, ...numbers: number[]) => ({ __typename: "EventType", name, description: `About ${name}.`, archived: false, versions: numbers.map((number) => ({ __typename: "EventTypeVersion", number })) });
const TYPES = { TypeNames: () => ({ eventTypes: { __typename: "EventTypeConnection", nodes: [type("benchmark.completed", 1, 2), type("benchmark.failed", 1), type("model.released", 1)], pageInfo: { __typename: "PageInfo", hasNextPage: false } } }) };
const focused = () => document.activeElement?.textContent;

describe("the choice of event types", () => {
  it("is one stop for Tab, with arrow keys inside", async () => {
    const user = userEvent.setup();
    show(<Held />, TYPES);
    await screen.findByRole("treeitem", { name: /benchmark.completed/ });
    await user.click(screen.getByLabelText("Search types"));
    await user.tab();
    expect(focused()).toMatch(/every event/);
    await user.keyboard("{ArrowDown}");
    expect(focused()).toMatch(/^benchmark\.\*/);
    await user.keyboard("{ArrowLeft}");
    expect(screen.queryByRole("treeitem", { name: /benchmark.completed/ })).toBeNull();
    await user.keyboard("{ArrowRight}{ArrowRight} ");
    expect(focused()).toMatch(/^benchmark\.completed/);
    expect(wanted).toEqual(["benchmark.completed"]);
    expect(screen.getByRole("treeitem", { name: /^benchmark\.\*/ })).toHaveAttribute("aria-checked", "mixed");
    await user.tab();
    expect(document.activeElement).toBe(screen.getByLabelText("Another type or pattern"));
  });

  it("pins a chosen type to a version, and takes nothing twice", async () => {
    const user = userEvent.setup();
    show(<Held />, TYPES);
    await user.click(await screen.findByRole("treeitem", { name: /^benchmark\.completed/ }));
    await user.selectOptions(screen.getByLabelText("Version of benchmark.completed"), "version 1");
    expect(wanted).toEqual(["benchmark.completed@1"]);
    await user.click(screen.getByRole("treeitem", { name: /^benchmark\.\*/ }));
    await user.click(screen.getByRole("treeitem", { name: /^benchmark\.failed/ }));
    expect(wanted).toEqual(["benchmark.completed@1", "benchmark.*"]);
    expect(screen.getByRole("treeitem", { name: /^benchmark\.failed/ })).toHaveAttribute("aria-disabled", "true");
    await user.click(screen.getByRole("treeitem", { name: /^benchmark\.completed/ }));
    expect(wanted).toEqual(["benchmark.*"]);
  });

  it("says what is wrong above the tree, where it is seen", async () => {
    show(<Held error="Choose at least one event type" />, TYPES);
    const alert = await screen.findByRole("alert");
    expect(alert.compareDocumentPosition(screen.getByRole("tree")) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
  });
});
