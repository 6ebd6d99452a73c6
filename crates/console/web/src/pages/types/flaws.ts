// What a schema does not allow in a piece of data, found in the browser; the server has the last word.
import { Validator, type OutputUnit } from "@cfworker/json-schema";

import { pathOf } from "./mapping";

export interface Flaw { path: string; message: string }

/** Keywords that only gather what others found, and say nothing of their own. */
const GATHERS = ["properties", "items", "prefixItems", "$ref", "allOf", "additionalProperties"];

/** The mistakes, nearest to their cause; none if there are none, or if the schema cannot be judged here. */
export function flawsOf(schema: unknown, data: unknown): Flaw[] {
  if (typeof schema !== "object" || schema === null) return [];
  try {
    const { valid, errors } = new Validator(schema as object, "2020-12", false).validate(data);
    if (valid) return [];
    const told = errors.filter(({ keyword }) => !GATHERS.includes(keyword) || errors.length === 1);
    const unique = new Map(told.map(flawOf).map((flaw) => [`${flaw.path} ${flaw.message}`, flaw] as const));
    return [...unique.values()];
  } catch {
    return [];
  }
}

/** The validator's words as ours: where, and what is wrong there. */
function flawOf({ keyword, instanceLocation, error }: OutputUnit): Flaw {
  const path = pathOf(instanceLocation.replace(/^#/, ""));
  const [first] = [...error.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word);
  switch (keyword) {
    case "required":
      return { path: path === "the value" ? (first ?? path) : `${path}.${first}`, message: "is required" };
    case "type":
      return { path, message: `is ${article(first ?? "")}, not ${error.split("Expected ")[1]?.replace(/\.$/, "").replaceAll('"', "").split(", ").map(article).join(" or ") ?? "what is wanted"}` };
    case "const":
      return { path, message: `has to be ${error.replace(/^Instance does not match /, "").replace(/\.$/, "")}` };
    case "enum":
      return { path, message: `has to be one of ${error.replace(/^.*any of \[/, "").replace(/\]\.$/, "").replaceAll(",", ", ")}` };
    case "false":
    case "unevaluatedProperties":
      return { path, message: "is not allowed here" };
    case "format":
      return { path, message: `is not in the format ${first ?? ""}` };
    case "pattern":
      return { path, message: "does not match the pattern" };
    default:
      return { path, message: error.replace(/^(Instance|String|Array) /, "").replace(/\.$/, "").replace(/^[A-Z]/, (letter) => letter.toLowerCase()) };
  }
}

/** A kind of JSON value, as it is called in a sentence. */
const article = (kind: string) => ({ string: "a text", number: "a number", integer: "a whole number", boolean: "a boolean", object: "an object", array: "a list" })[kind] ?? kind;
