import { describe, expect, it } from "vitest";

import { duration, fromNow } from "./time";

describe("time in words", () => {
  it("has as many digits as matter", () => {
    expect([0.25, 1.26, 42.4, 1500, 15_000, 90_000, 5_400_000, 259_200_000].map(duration)).toEqual(["250 µs", "1.3 ms", "42 ms", "1.5 s", "15 s", "1 min 30 s", "1 h 30 min", "3 d"]);
  });

  it("says how long ago in one unit", () => {
    const now = Date.parse("2026-11-27T12:00:00Z");
    expect(fromNow(now - 400, now)).toBe("now");
    expect(fromNow(now - 90_000, now)).toMatch(/1 min/);
    expect(fromNow(now + 7_200_000, now)).toMatch(/2 hr/);
  });
});
