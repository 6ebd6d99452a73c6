import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { pathOf, stepWords } from "./mapping";
import { changesBetween, rowsOf } from "./schema";

const file = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, "../../../../../../schemas/events", name), "utf8")) as unknown;

describe("a schema as a table", () => {
  it("has a row for each place, with what may stand there", () => {
    const rows = rowsOf({
      type: "object", required: ["id", "tests"],
      properties: {
        id: { type: "string", pattern: "^run_", minLength: 1, maxLength: 9, description: "The run." },
        tests: { type: "array", maxItems: 3, items: { $ref: "#/$defs/test" } },
        at: { type: ["string", "null"], format: "date-time" },
        labels: { type: "object", additionalProperties: { type: "string" } },
      },
      $defs: { test: { type: "object", required: ["outcome"], properties: { outcome: { enum: ["passed", "failed"], type: "string" }, ms: { type: "number", minimum: 0 } } } },
    });
    expect(rows.map(({ path, kind, required, depth }) => [path, kind, required, depth])).toEqual([
      ["id", "text", true, 0],
      ["tests", "list of objects", true, 0],
      ["tests[].outcome", "text", true, 1],
      ["tests[].ms", "number", false, 1],
      ["at", "instant or null", false, 0],
      ["labels", "object", false, 0],
      ["labels.*", "text", false, 1],
    ]);
    expect(rows[0]).toMatchObject({ about: "The run.", rules: ["1 to 9 characters", "like ^run_"] });
    expect(rows[2]?.rules).toEqual(["one of passed, failed"]);
  });

  it("ends where a schema refers to itself", () => {
    const rows = rowsOf({ type: "object", properties: { next: { $ref: "#" }, name: { type: "string" } } });
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.length).toBeLessThan(100);
  });

  it("tells what changed between versions, once for what belongs together", () => {
    const changes = changesBetween(file("benchmark.completed/v1.json"), file("benchmark.completed/v2.json"));
    expect(changes).toContainEqual({ path: "benchmark_id", what: "removed", detail: "text, required" });
    expect(changes).toContainEqual({ path: "environment", what: "added", detail: "object, required" });
    expect(changes.map(({ path }) => path)).not.toContain("environment.region");
    expect(changes).toContainEqual({ path: "model", what: "changed", detail: expect.stringContaining("text became object") as string });
  });
});

describe("a mapping in words", () => {
  it("has words for each step that the platform's own mappings have", () => {
    const { up, down } = file("benchmark.completed/v2.mapping.json") as Record<"up" | "down", { steps: { op: string }[] }>;
    const words = [...up.steps, ...down.steps].map(stepWords);
    expect(words).toContain("benchmark_id moves to benchmark.id");
    expect(words).toContain('model_text is split at "/" into model.provider, model_rest');
    expect(words).toContain("duration_ms: from ms to s");
    expect(words).toContain('status: "ok" becomes "complete", "partial" becomes "partial"');
    expect(words.filter((text) => text.startsWith("{"))).toEqual([]);
  });

  it("writes pointers as paths", () => {
    expect(pathOf("/a/b~1c")).toBe("a.b/c");
    expect(stepWords({ op: "rename", path: "/environment/zone", to: "region" })).toBe("environment.zone becomes environment.region");
    expect(stepWords({ op: "unheard" })).toBe('{"op":"unheard"}');
  });
});
