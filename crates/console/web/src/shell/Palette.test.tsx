import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { show } from "@/test/render";

import Palette from "./Palette";

const answers = {
  Subscriptions: () => ({ subscriptions: { nodes: [{ id: "sub_1", description: "Failures, for the pager", endpoint: "https://pager.test/hooks" }], pageInfo: {} } }),
  Inboxes: () => ({ inboxes: [{ id: "inb_1", name: "Pager trials" }, { id: "inb_2", name: "Other" }] }),
};

describe("the palette", () => {
  it("is a dialog with a list, tells how many there are and which is chosen", async () => {
    show(<Palette close={vi.fn()} />);
    expect(await screen.findByRole("dialog", { name: "Go to or find" })).toBeInTheDocument();
    const field = screen.getByRole("combobox");
    await userEvent.type(field, "explorer");
    expect(screen.getAllByRole("option")).toHaveLength(1);
    expect(field).toHaveAttribute("aria-activedescendant", screen.getByRole("option", { selected: true }).id);
    expect(screen.getByRole("status")).toHaveTextContent("1 to choose from");
    await userEvent.type(field, " of the moon");
    expect(field).not.toHaveAttribute("aria-activedescendant");
    expect(screen.getByRole("status")).toHaveTextContent("Nothing of that name");
  });

  it("finds subscriptions and inboxes by their names, and moves by arrows", async () => {
    const close = vi.fn();
    show(<Palette close={close} />, answers);
    const field = await screen.findByRole("combobox");
    await userEvent.type(field, "pager");
    await waitFor(() => expect(screen.getAllByRole("option").map((option) => option.querySelector("span > span")?.textContent)).toEqual(["Failures, for the pager", "Pager trials"]));
    await userEvent.keyboard("{ArrowUp}");
    expect(screen.getByRole("option", { selected: true })).toHaveTextContent("Pager trials");
    await userEvent.keyboard("{Enter}");
    expect(close).toHaveBeenCalledOnce();
  });
});
