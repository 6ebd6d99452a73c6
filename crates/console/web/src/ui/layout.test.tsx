import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { show } from "@/test/render";

import { Table } from "./layout";

const four = <><th>Name</th><th>State</th><th>Answer</th><th><span className="hl-sr">Actions</span></th></>;

describe("a table", () => {
  it("lets each row stand by itself where there is no room, with the names of its cells, and stays a table for who hears it", async () => {
    show(<Table label="Things" head={four}><tr><td>One</td><td>Active</td><td>200</td><td><button>Retry</button></td></tr></Table>);
    const table = await screen.findByRole("table");
    // Nothing has a width here, so there is no room.
    expect(table).toHaveAttribute("data-folded");
    expect(screen.getAllByRole("cell").map((cell) => cell.dataset.label)).toEqual(["Name", "State", "Answer", ""]);
    expect(screen.getAllByRole("columnheader")).toHaveLength(4);
    for (const explicit of document.querySelectorAll("tr")) expect(explicit).toHaveAttribute("role", "row");
  });

  it("of few columns stays one", async () => {
    show(<Table label="Things" head={<><th>Name</th><th>State</th></>}><tr><td>One</td><td>Active</td></tr></Table>);
    expect(await screen.findByRole("table")).not.toHaveAttribute("data-folded");
  });
});
