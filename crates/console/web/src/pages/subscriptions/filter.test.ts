import { describe, expect, it } from "vitest";

import { check, fromJson, fromText, newGroup, newTest, NotAClause, operandOf, operandText, problemOf, sentence, simplified, toJson } from "./filter";

const JSONS = [
  { path: "data.status", equals: "failed" },
  { path: "data.count", gt: 250 },
  { path: "data.flag", equals: true },
  { path: "data.nothing", equals: null },
  { path: "data.text", equals: "250" },
  { path: "data.text", equals: "true" },
  { path: "data.text", equals: " padded " },
  { path: "data.model", in: ["llama-4", "qwen-3"] },
  { path: "data.model", in: ["a, b", "c"] },
  { path: "data.count", not_in: [1, "1", null] },
  { path: "data.name", matches: "^\\d+$" },
  { path: "data.name", exists: false },
  { and: [{ path: "data.a", equals: 1 }, { or: [{ path: "data.b", lt: 0.85 }, { not: { path: "data.c", contains: "x" } }] }] },
];

describe("a filter", () => {
  it.each(JSONS)("comes back from the form as it was: %j", (json) => {
    expect(toJson(fromJson(json))).toEqual(json);
  });

  it.each(['{"path": "data.x", "equals": ', '{"foo": 1}', "[1,2]", "null", "5"])("is none yet, and keeps the text, when somebody writes %s", (text) => {
    const clause = fromText(text);
    expect(clause).toMatchObject({ kind: "unread", text });
    expect(clause && check(clause).good).toBe(false);
  });

  it("is read from a text, and is none where the text is empty", () => {
    expect(fromText(" ")).toBeNull();
    expect(fromText('{"path":"data.a","equals":1}')).toMatchObject({ kind: "and" });
  });

  it("reads numbers, words and lists as people type them", () => {
    expect(operandOf("0.85", "lt")).toBe(0.85);
    expect(operandOf("failed", "equals")).toBe("failed");
    expect(operandOf('"250"', "equals")).toBe("250");
    expect(operandOf("llama-4, 7, true", "in")).toEqual(["llama-4", 7, true]);
    expect(operandOf("250", "matches")).toBe("250");
    expect(operandText("250", "equals")).toBe('"250"');
  });

  it("names the place of what is no clause", () => {
    const wrong = { and: [{ path: "data.a", equals: 1 }, { path: "data.b", gtx: 1 }] };
    expect(() => fromJson(wrong)).toThrow(NotAClause);
    try {
      fromJson(wrong);
    } catch (error) {
      expect((error as NotAClause).pointer).toBe("/and/1");
    }
  });

  it("drops a group around a single clause, and keeps others", () => {
    expect(toJson(simplified(fromJson({ and: [{ path: "data.a", equals: 1 }] })))).toEqual({ path: "data.a", equals: 1 });
    const two = { or: [{ path: "data.a", equals: 1 }, { path: "data.b", equals: 2 }] };
    expect(toJson(simplified(fromJson(two)))).toEqual(two);
  });

  it("is not complete while a path or a value is missing", () => {
    expect(check(newGroup("and", [newTest()])).good).toBe(false);
    expect(problemOf(fromJson({ path: "status", equals: 1 })).path).toBeDefined();
    expect(problemOf(fromJson({ path: "data.metrics[*].p99", gt: 1 }))).toEqual({});
    expect(problemOf(fromJson({ path: "data['any name'][0].x", gt: 1 }))).toEqual({});
  });

  it("can be read as a sentence", () => {
    expect(sentence(JSONS.at(-1))).toBe("data.a is 1 and (data.b is less than 0.85 or not (data.c contains x))");
  });
});
