import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { CombinedError } from "urql";
import { describe, expect, it, vi } from "vitest";

import { show } from "@/test/render";

import { Shown } from "./states";

const refused = (code: string, message: string) => new CombinedError({ graphQLErrors: [{ message, extensions: { code } }] });
const asked = (part: object) => ({ data: undefined, error: undefined, loading: false, stale: false, again: vi.fn(), ...part });

describe("what was asked for", () => {
  it("is on its way", async () => {
    show(<Shown asked={asked({ loading: true })}>{() => "data"}</Shown>);
    expect(await screen.findByRole("status", { name: "Loading" })).toBeInTheDocument();
  });

  it("is refused without a button that would not help", async () => {
    show(<Shown asked={asked({ error: refused("FORBIDDEN", "the scope READ is missing") })}>{() => "data"}</Shown>);
    expect(await screen.findByText("You may not see this")).toBeInTheDocument();
    expect(screen.getByText(/the scope READ is missing/)).toBeInTheDocument();
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("bears the name of its page until it is there", async () => {
    show(<Shown asked={asked({ error: refused("INTERNAL", "a view is away") })} page="Delivery">{() => "data"}</Shown>);
    expect(await screen.findByRole("heading", { level: 1, name: "Delivery" })).toBeInTheDocument();
    expect(document.title).toContain("Delivery");
  });

  it("can be asked for again when it failed", async () => {
    const again = vi.fn();
    show(<Shown asked={asked({ error: new CombinedError({ networkError: new Error("gone") }), again })}>{() => "data"}</Shown>);
    await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
    expect(again).toHaveBeenCalledOnce();
  });

  it("is shown with a word when a part of it failed", async () => {
    show(<Shown asked={asked({ data: "old data", error: refused("INTERNAL", "a view is away") })}>{(data) => <p>{String(data)}</p>}</Shown>);
    expect(await screen.findByText("old data")).toBeInTheDocument();
    expect(screen.getByRole("alert")).toHaveTextContent("a view is away");
  });
});
