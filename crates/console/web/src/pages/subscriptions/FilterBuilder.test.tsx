import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";

import { show } from "@/test/render";

import { newGroup, toJson, simplified, type Clause } from "./filter";
import { FilterBuilder } from "./FilterBuilder";

let latest: Clause | null = null;
function Held() {
  const [value, setValue] = useState<Clause | null>(null);
  latest = value;
  return <FilterBuilder value={value} change={setValue} strict={false} />;
}
const json = () => (latest ? toJson(simplified(latest)) : null);

describe("the filter builder", () => {
  it("builds nested and, or and not without a mouse on JSON", async () => {
    const user = userEvent.setup();
    show(<Held />);
    await user.click(await screen.findByRole("button", { name: "Add conditions" }));
    await user.type(screen.getByRole("combobox", { name: "Field" }), "status");
    await user.type(screen.getByRole("textbox", { name: "Value" }), "failed");
    expect(json()).toEqual({ path: "data.status", equals: "failed" });
    await user.click(screen.getByRole("button", { name: "Group" }));
    const groups = screen.getAllByRole("group");
    const inner = within(groups.at(-1) as HTMLElement);
    await user.type(inner.getByRole("combobox", { name: "Field" }), "score");
    await user.selectOptions(inner.getByRole("combobox", { name: "Operator" }), "lt");
    await user.type(inner.getByRole("textbox", { name: "Value" }), "0.85");
    await user.click(inner.getByRole("button", { name: "Not: turn this condition around" }));
    expect(json()).toEqual({ and: [{ path: "data.status", equals: "failed" }, { not: { path: "data.score", lt: 0.85 } }] });
    expect(screen.getByText(/Delivered if data.status is failed and not \(data.score is less than 0.85\)/)).toBeInTheDocument();
  });

  it("has the focus where something was added, and keeps it on Not", async () => {
    const user = userEvent.setup();
    show(<Held />);
    await user.click(await screen.findByRole("button", { name: "Add conditions" }));
    expect(document.activeElement).toBe(screen.getByRole("combobox", { name: "Field" }));
    await user.click(screen.getByRole("button", { name: "Condition" }));
    expect(document.activeElement).toBe(screen.getAllByRole("combobox", { name: "Field" })[1]);
    await user.click(screen.getByRole("button", { name: "Group" }));
    expect(document.activeElement).toBe(screen.getAllByRole("combobox", { name: "Field" })[2]);
    const not = screen.getAllByRole("button", { name: "Not: turn this condition around" })[0] as HTMLElement;
    await user.click(not);
    expect(document.activeElement).toBe(not);
    expect(not).toHaveAttribute("aria-pressed", "true");
    await user.click(not);
    expect(not).toHaveAttribute("aria-pressed", "false");
  });

  it("suggests the names of fields", async () => {
    const user = userEvent.setup();
    show(<FilterBuilder value={newGroup("and")} change={() => {}} strict={false} fields={["data.run_id"]} />);
    const field = await screen.findByRole("combobox", { name: "Field" });
    await user.click(field);
    expect([...((field as HTMLInputElement).list?.options ?? [])].map(({ value }) => value)).toEqual(["data.run_id"]);
  });

  it("says which condition is not complete, once it was left", async () => {
    const user = userEvent.setup();
    show(<Held />);
    await user.click(await screen.findByRole("button", { name: "Add conditions" }));
    await user.clear(screen.getByRole("combobox", { name: "Field" }));
    expect(screen.queryByText(/Begin with type/)).toBeNull();
    await user.tab();
    expect(screen.getByText(/Begin with type/)).toBeInTheDocument();
  });

  it("goes back to every event when the filter is removed", async () => {
    const user = userEvent.setup();
    show(<Held />);
    await user.click(await screen.findByRole("button", { name: "Add conditions" }));
    await user.click(screen.getByRole("button", { name: "Remove the filter" }));
    expect(json()).toBeNull();
    expect(screen.getByText("Every event of the chosen types is delivered.")).toBeInTheDocument();
  });
});
