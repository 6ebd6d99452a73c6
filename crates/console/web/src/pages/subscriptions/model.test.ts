import { describe, expect, it } from "vitest";

import { fromJson } from "./filter";
import { changed, createInput, DEFAULTS, delayText, fieldOf, parseDelay, parseDelays, policyInput, updateInput, validate, withSettings, type FormValues } from "./model";

const GOOD: FormValues = { ...DEFAULTS, endpoint: "https://example.com/hooks", eventTypes: ["benchmark.*"] };

describe("the form of a subscription", () => {
  it("is fine with an endpoint and a type, and says what is missing without", () => {
    expect(validate(GOOD)).toEqual({});
    expect(Object.keys(validate(DEFAULTS))).toEqual(["endpoint", "eventTypes"]);
  });

  it.each([
    ["endpoint", "ftp://example.com"], ["endpoint", "https://me@example.com/"], ["endpoint", "https://example.com/#part"], ["description", "x".repeat(1025)],
    ["eventTypes", ["Bad"]], ["eventTypes", ["a..b"]], ["concurrency", 0], ["concurrency", 1.5], ["concurrency", ""], ["ratePerSecond", 100_001], ["timeoutSeconds", 61], ["attemptsMax", 101], ["firstWait", "8d"], ["longestWait", "soon"], ["jitterPercent", 101], ["windowHours", 721],
    ["finalStatuses", "200"], ["finalStatuses", "4x4"], ["ownSecret", "secret"], ["headers", [{ name: "Host", value: "x", kept: false }]], ["headers", [{ name: "Webhook-Id", value: "x", kept: false }]], ["headers", [{ name: "X-A", value: "", kept: false }]], ["labels", [{ key: "", value: "x" }]],
  ] as [keyof FormValues, never][])("refuses %s %j", (field, value) => {
    const errors = validate({ ...GOOD, [field]: value });
    expect(Object.keys(errors).some((name) => name.split(".")[0] === field)).toBe(true);
  });

  it("keeps values of headers that the server has, without asking for them again", () => {
    expect(validate({ ...GOOD, headers: [{ name: "Authorization", value: "", kept: true }] })).toEqual({});
  });

  it("reads waits as people write them", () => {
    expect(parseDelays("5s, 1m 2h 1d, 250ms, 3")).toEqual([5000, 60_000, 7_200_000, 86_400_000, 250, 3000]);
    for (const wrong of ["", "soon", "8d", "0s", "5 parsecs"]) expect(parseDelays(wrong)).toBeNull();
    expect(["6h", " 1.5 h ", "90", "1ms", "7d"].map(parseDelay)).toEqual([21_600_000, 5_400_000, 90_000, 1, 604_800_000]);
    for (const wrong of ["", "6h, 7h", "-5s", "0.1ms", "169h"]) expect(parseDelay(wrong)).toBeNull();
    expect([5000, 60_000, 7_200_000, 250, 90_000].map(delayText)).toEqual(["5s", "1m", "2h", "250ms", "90s"]);
  });

  it("says the policy in the API's units", () => {
    expect(policyInput(GOOD)).toEqual({ backoff: { exponential: { baseMs: 5000, factorPercent: 400, capMs: 21_600_000 } }, attemptsMax: 11, windowSeconds: 259_200, jitterPercent: 10, finalStatuses: [] });
    expect(policyInput({ ...GOOD, backoff: "list", delays: "2s, 4s" })).toMatchObject({ backoff: { delaysMs: [2000, 4000] }, attemptsMax: 3 });
  });

  it("sends only what changed, with the version that was seen", () => {
    const to = { ...GOOD, description: "For the pager", filter: fromJson({ and: [{ path: "data.a", equals: 1 }] }) };
    expect(changed(GOOD, to)).toEqual(["description", "filter"]);
    expect(updateInput("sub_1", 7, GOOD, to)).toEqual({ id: "sub_1", expectedVersion: 7, description: "For the pager", filter: { path: "data.a", equals: 1 } });
    expect(updateInput("sub_1", 8, to, GOOD)).toEqual({ id: "sub_1", expectedVersion: 8, description: "", filter: null });
  });

  it("changes single headers beside those whose values it does not know", () => {
    const from = { ...GOOD, headers: [{ name: "X-Old", value: "", kept: true }, { name: "X-Kept", value: "", kept: true }] };
    const to = { ...GOOD, headers: [{ name: "X-Kept", value: "", kept: true }, { name: "X-New", value: "1", kept: false }] };
    expect(updateInput("sub_1", 1, from, to).headers).toEqual({ set: [{ name: "X-New", value: "1" }], remove: ["X-Old"] });
  });

  it("takes from a conflict what was chosen", () => {
    const theirs = { ...GOOD, endpoint: "https://theirs.example/", concurrency: 8 };
    const yours = { ...GOOD, endpoint: "https://yours.example/", description: "Mine" };
    expect(withSettings(theirs, yours, ["description"])).toEqual({ ...theirs, description: "Mine" });
  });

  it("finds the field that a refusal of the server is about", () => {
    expect(fieldOf("input.endpoint")).toBe("endpoint");
    expect(fieldOf("input.eventTypes.0")).toBe("eventTypes.0");
    expect(fieldOf("input.headers.1.value")).toBe("headers.1.value");
    expect(fieldOf("input.secret.own")).toBe("ownSecret");
    expect(fieldOf(null)).toBeNull();
  });

  it("makes a subscription out of everything", () => {
    expect(createInput({ ...GOOD, ratePerSecond: 5 })).toMatchObject({ endpoint: "https://example.com/hooks", limits: { concurrency: 64, ratePerSecond: 5, timeoutMs: 15_000 }, secret: { scheme: "HMAC_SHA256", own: null }, active: true });
  });
});
