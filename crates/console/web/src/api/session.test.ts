import { describe, expect, it } from "vitest";

import { takeFragment } from "./session";

describe("the link of a development server", () => {
  it("is read as it was written, pluses included, and leaves the address", () => {
    history.replaceState(null, "", "/console/#ticket=ht_a+b/c=");
    const words = takeFragment();
    expect(words.get("ticket")).toBe("ht_a+b/c=");
    expect(location.hash).toBe("");
  });
});
