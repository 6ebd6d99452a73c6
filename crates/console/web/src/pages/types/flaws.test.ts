import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { flawsOf } from "./flaws";

const schema = JSON.parse(readFileSync(join(import.meta.dirname, "../../../../../../schemas/events/benchmark.completed/v1.json"), "utf8")) as { examples: Record<string, unknown>[] };

describe("what a schema does not allow", () => {
  it("is nothing in the examples that it brings", () => {
    // Shared parts are built into what the API hands out; here they stand in for themselves.
    const alone = JSON.parse(JSON.stringify(schema).replaceAll(/\{"\$ref":"[^#"][^"]*"[^}]*\}/g, "{}")) as object;
    for (const example of schema.examples) expect(flawsOf(alone, example)).toEqual([]);
  });

  it("is told with the place where it stands", () => {
    const document = { type: "object", required: ["id"], properties: { id: { type: "string" }, deep: { type: "object", properties: { count: { type: "integer", minimum: 1 } } } }, additionalProperties: false };
    expect(flawsOf(document, {})).toEqual([{ path: "id", message: "is required" }]);
    expect(flawsOf(document, { id: 7 })).toContainEqual({ path: "id", message: "is a number, not a text" });
    expect(flawsOf({ enum: ["a", "b"] }, "c")).toEqual([{ path: "the value", message: 'has to be one of "a", "b"' }]);
    expect(flawsOf({ minimum: 1 }, 0)).toEqual([{ path: "the value", message: "0 is less than 1" }]);
    expect(flawsOf(document, { id: "1", deep: { count: 0 } }).map(({ path }) => path)).toContain("deep.count");
    expect(flawsOf(document, { id: "1", more: true }).length).toBeGreaterThan(0);
  });

  it("is left to the server where the schema cannot be judged here", () => {
    expect(flawsOf(null, {})).toEqual([]);
    expect(flawsOf({ $ref: "#/nowhere" }, {})).toEqual([]);
  });
});
