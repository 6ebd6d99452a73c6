import { expect, it } from "vitest";

import { router } from "../src/app/router";
import { STATES } from "./lib/states.mjs";

it("every page has its states told, so that they are tried in a browser", () => {
  const withPages = Object.entries(router.routesById).filter(([id, route]) => id !== "__root__" && !route.children?.length).map(([id]) => id);
  expect(Object.keys(STATES).sort()).toEqual(withPages.sort());
});
