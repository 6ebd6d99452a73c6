// What a schema does not allow in a piece of data, found in the browser; the server has the last word.
import { Validator } from "@cfworker/json-schema";

import { pathOf } from "./mapping";

export interface Flaw { path: string; message: string }

/** Mistakes that are told of at once. */
const FLAWS_MAX = 8;

/** The mistakes, nearest to their cause; none if there are none, or if the schema cannot be judged here. */
export function flawsOf(schema: unknown, data: unknown): Flaw[] {
  if (typeof schema !== "object" || schema === null) return [];
  try {
    const { valid, errors } = new Validator(schema as object, "2020-12", false).validate(data);
    if (valid) return [];
    // Keywords that only gather what others found say nothing of their own.
    const told = errors.filter(({ keyword }) => !["properties", "items", "$ref", "allOf", "additionalProperties"].includes(keyword) || errors.length === 1);
    const unique = new Map(told.map(({ instanceLocation, error }) => {
      const path = pathOf(instanceLocation.replace(/^#/, ""));
      return [`${path} ${error}`, { path, message: error }] as const;
    }));
    return [...unique.values()].slice(0, FLAWS_MAX);
  } catch {
    return [];
  }
}
