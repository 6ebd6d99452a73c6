import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { show } from "@/test/render";

import { Needs } from "./Needs";
import { ViewerContext } from "./viewer";
import type { ViewerQuery } from "./viewer.generated";

const viewer = (scopes: string[]) => ({ viewer: { scopes } }) as unknown as ViewerQuery;
const form = (scopes: string[]) => <ViewerContext value={viewer(scopes)}><Needs scope="MANAGE" to="make subscriptions"><button>Create</button></Needs></ViewerContext>;

describe("a page for whoever may manage", () => {
  it("is there for them", async () => {
    show(form(["READ", "MANAGE"]));
    expect(await screen.findByRole("button", { name: "Create" })).toBeInTheDocument();
  });

  it("says to others what is missing, and shows no form", async () => {
    show(form(["READ", "PUBLISH"]));
    expect(await screen.findByText("Your key may not make subscriptions")).toBeInTheDocument();
    expect(screen.getByText("Sign in with a key that has the scope manage.")).toBeInTheDocument();
    expect(screen.queryByRole("button")).toBeNull();
  });
});
