// What the form of a subscription holds, what is wrong with it, and what it says to the API. Pure.
import * as z from "zod/mini";

import type {
  BackoffInput, CreateSubscriptionInput, DeliveryFormat, HeaderChangesInput, LimitsInput, RetryPolicyInput, Scheme, UpdateSubscriptionInput,
} from "@/api/schema.generated";
import { asGroup, check, fromJson, simplified, toJson, type Clause } from "./filter";
import type { SubscriptionSettingsFragment } from "./subscriptions.generated";

export interface HeaderRow {
  name: string;
  value: string;
  /** Its value is at the server, and stays unless another is given. */
  kept: boolean;
}
export interface FormValues {
  endpoint: string;
  description: string;
  eventTypes: string[];
  filter: Clause | null;
  headers: HeaderRow[];
  labels: { key: string; value: string }[];
  format: DeliveryFormat;
  /** Whether the endpoint is asked first. */
  verifyEndpoint: boolean;
  backoff: "exponential" | "list";
  firstWait: string;
  factor: number | string;
  longestWait: string;
  delays: string;
  attemptsMax: number | string;
  windowHours: number | string;
  jitterPercent: number | string;
  finalStatuses: string;
  concurrency: number | string;
  ratePerSecond: number | string;
  timeoutSeconds: number | string;
  scheme: Scheme;
  ownSecret: string;
  active: boolean;
}

/** What the server takes where nothing is said. */
export const DEFAULTS: FormValues = {
  endpoint: "", description: "", eventTypes: [], filter: null, headers: [], labels: [], format: "STANDARD_WEBHOOKS", verifyEndpoint: false,
  backoff: "exponential", firstWait: "5s", factor: 4, longestWait: "6h", delays: "5s, 1m, 10m, 1h", attemptsMax: 11, windowHours: 72, jitterPercent: 10,
  finalStatuses: "", concurrency: 64, ratePerSecond: "", timeoutSeconds: 15, scheme: "HMAC_SHA256", ownSecret: "", active: true,
};

/** The form that shows a subscription as it is. */
export function formOf(settings: SubscriptionSettingsFragment): FormValues {
  const { retryPolicy: policy, limits } = settings;
  const growing = policy.backoff.exponential;
  return {
    ...DEFAULTS,
    endpoint: settings.endpoint,
    description: settings.description,
    eventTypes: [...settings.eventTypes],
    filter: settings.filter == null ? null : asGroup(fromJson(settings.filter)),
    headers: settings.headerNames.map((name) => ({ name, value: "", kept: true })),
    labels: settings.labels.map(({ key, value }) => ({ key, value })),
    format: settings.format,
    verifyEndpoint: settings.verification.required,
    backoff: growing ? "exponential" : "list",
    ...(growing ? { firstWait: delayText(growing.baseMs), factor: growing.factorPercent / 100, longestWait: delayText(growing.capMs) } : {}),
    ...(policy.backoff.delaysMs ? { delays: policy.backoff.delaysMs.map(delayText).join(", ") } : {}),
    attemptsMax: policy.attemptsMax,
    windowHours: policy.windowSeconds / 3600,
    jitterPercent: policy.jitterPercent,
    finalStatuses: policy.finalStatuses.join(", "),
    concurrency: limits.concurrency,
    ratePerSecond: limits.ratePerSecond ?? "",
    timeoutSeconds: limits.timeoutMs / 1000,
  };
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

const WAIT = /^(\d+(?:\.\d+)?) ?(ms|s|min|m|h|d)?$/;

/** `5s`, `1.5 h` or, in seconds, `90` as milliseconds; `null` if it is no wait from 1 ms to 7 days. */
export function parseDelay(text: string): number | null {
  const match = WAIT.exec(text.trim());
  const delay = match ? Math.round(Number(match[1]) * (UNITS[match[2] ?? "s"] ?? 1000)) : Number.NaN;
  return delay >= 1 && delay <= 604_800_000 ? delay : null;
}

/** `5s, 1m, 2h` as milliseconds; `null` if a part is not a wait, or if there is none or more than 99. */
export function parseDelays(text: string): number[] | null {
  const parts = text.split(/[,\s]+/).filter((part) => part !== "");
  const delays = parts.map(parseDelay).filter((delay) => delay !== null);
  return delays.length === parts.length && delays.length > 0 && delays.length <= 99 ? delays : null;
}

/** A wait as one would type it. */
export function delayText(ms: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    const size = UNITS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

const statuses = (text: string) => text.split(/[,\s]+/).filter((part) => part !== "").map(Number);
const number = (value: number | string) => (typeof value === "number" ? value : Number.NaN);
const PATTERN = /^(\*|[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*(\.\*|@[1-9]\d*)?)$/;
const HEADER = /^[A-Za-z0-9_-]{1,64}$/;
const RESERVED = /^(host|content-length|connection|transfer-encoding|te|trailer|upgrade|keep-alive|content-type|accept-encoding|content-encoding|forwarded|via|x-real-ip|user-agent|(webhook|hookledger|ce|proxy|x-forwarded)-.*)$/i;

const between = (low: number, high: number, what: string) =>
  z.number(`${what}: a number from ${low.toLocaleString()} to ${high.toLocaleString()}`).check(z.gte(low, `At least ${low.toLocaleString()}`), z.lte(high, `At most ${high.toLocaleString()}`));
const wait = (example: string) => z.string().check(z.refine((text: string) => parseDelay(text) !== null, `A wait of up to 7 days, such as ${example}`));
const whole = z.refine((value: unknown) => Number.isInteger(value), "A whole number");
const RULES: { [Field in keyof FormValues]?: (values: FormValues) => z.ZodMiniType | null } = {
  endpoint: () => z.string().check(z.trim(), z.minLength(1, "Where do deliveries go?"), z.maxLength(2048, "At most 2,048 characters"), z.refine(isHttp, "It begins with https:// or http://"), z.refine(isUrl, "A whole URL, such as https://example.com/hooks, without user name and fragment")),
  description: () => z.string().check(z.maxLength(1024, "At most 1,024 characters")),
  eventTypes: () => z.array(z.string().check(z.regex(PATTERN, "Lower-case segments joined by dots, such as benchmark.completed, benchmark.completed@1 or benchmark.*"))).check(z.minLength(1, "Choose at least one event type"), z.maxLength(64, "At most 64 types")),
  headers: () => z.array(z.object({
    name: z.string().check(z.regex(HEADER, "Letters, digits, - and _, at most 64"), z.refine((name: string) => !RESERVED.test(name), "This header is not yours to set")),
    value: z.string().check(z.regex(/^[\x20-\x7e]*$/, "Visible ASCII"), z.maxLength(1024, "At most 1,024 characters")),
    kept: z.boolean(),
  }).check(z.refine((row: HeaderRow) => row.kept || row.value !== "", { message: "A value is needed", path: ["value"] }))).check(z.maxLength(32, "At most 32 headers")),
  labels: () => z.array(z.object({
    key: z.string().check(z.minLength(1, "A name is needed"), z.maxLength(64, "At most 64 characters")),
    value: z.string().check(z.maxLength(512, "At most 512 characters")),
  })).check(z.maxLength(32, "At most 32 labels")),
  firstWait: (values) => (values.backoff === "exponential" ? wait("5s") : null),
  factor: (values) => (values.backoff === "exponential" ? between(1, 100, "Factor") : null),
  longestWait: (values) => (values.backoff === "exponential" ? wait("6h") : null),
  delays: (values) => (values.backoff === "list" ? z.string().check(z.refine((text: string) => parseDelays(text) !== null, "1 to 99 waits of up to 7 days, such as 5s, 1m, 2h")) : null),
  attemptsMax: (values) => (values.backoff === "exponential" ? between(1, 100, "Attempts").check(whole) : null),
  windowHours: () => between(1 / 3600, 720, "Hours"),
  jitterPercent: () => between(0, 100, "Percent").check(whole),
  finalStatuses: () => z.string().check(z.refine((text: string) => statuses(text).every((status) => Number.isInteger(status) && status >= 300 && status <= 599) && statuses(text).length <= 50, "Statuses from 300 to 599, at most 50, such as 404, 422")),
  concurrency: () => between(1, 1000, "Attempts at once").check(whole),
  ratePerSecond: (values) => (values.ratePerSecond === "" ? null : between(1, 100_000, "Attempts a second").check(whole)),
  timeoutSeconds: () => between(0.1, 60, "Seconds"),
  ownSecret: (values) => (values.ownSecret === "" ? null : z.string().check(z.regex(values.scheme === "ED25519" ? /^whsk_[A-Za-z0-9+/]+=*$/ : /^whsec_[A-Za-z0-9+/]+=*$/, values.scheme === "ED25519" ? "whsk_ and the key in base64" : "whsec_ and 24 to 64 bytes in base64"))),
};

/** Also true of what is no URL at all, of which more is said elsewhere. */
function isHttp(text: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:\/\//i.test(text.trim()) || /^https?:/i.test(text.trim());
}

function isUrl(text: string): boolean {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && url.hash === "" && url.username === "" && url.password === "";
  } catch {
    return false;
  }
}

/** What is wrong, by the name of the field; of a list also by `headers.0.name`. Empty if nothing is. */
export type Errors = Record<string, string>;

/** Checks what can be told without the server. The server has the last word. */
export function validate(values: FormValues): Errors {
  const errors: Errors = {};
  for (const [field, rule] of Object.entries(RULES)) {
    const schema = rule(values);
    const result = schema?.safeParse(values[field as keyof FormValues]);
    if (!result || result.success) continue;
    for (const issue of result.error.issues) {
      const place = [field, ...issue.path].join(".");
      errors[place] ??= issue.message;
    }
  }
  if (values.filter) {
    const { conditions, good } = check(values.filter);
    if (values.filter.kind === "unread") errors.filter = values.filter.flaw;
    else if (!good) errors.filter = "A condition is not complete";
    else if (conditions > 64) errors.filter = "At most 64 conditions";
  }
  return errors;
}

/** What the fields are called where something is wrong with them. */
const NAMES: Record<string, string> = {
  endpoint: "URL", description: "What it is for", eventTypes: "Event types", filter: "Filter", headers: "Headers", labels: "Labels", firstWait: "First wait", factor: "Then times", longestWait: "At most",
  delays: "Waits", attemptsMax: "Attempts", windowHours: "Window", jitterPercent: "Jitter", finalStatuses: "Final statuses", concurrency: "Attempts at once", ratePerSecond: "Attempts a second", timeoutSeconds: "Timeout", ownSecret: "A secret of your own",
};

/** The names of the fields with something wrong, each once. */
export const flawedNames = (errors: Errors): string[] => [...new Set(Object.keys(errors).map((field) => NAMES[field.split(".")[0] ?? ""] ?? field))];

/** Which field of the form a refusal of the server belongs to. */
export function fieldOf(field: string | null | undefined): string | null {
  if (!field) return null;
  const [, name, ...rest] = field.split(".");
  const names: Record<string, string> = { retryPolicy: "retryPolicy", limits: "limits", secret: "ownSecret" };
  if (!name) return null;
  if (name === "headers") return ["headers", ...rest.filter((part) => /^\d+$/.test(part)), ...(rest.includes("value") ? ["value"] : rest.some((part) => /^\d+$/.test(part)) ? ["name"] : [])].join(".");
  if (name === "eventTypes") return ["eventTypes", ...rest].join(".");
  return names[name] ?? name;
}

export const filterJson = (filter: Clause | null) => (filter ? toJson(simplified(filter)) : null);

export function policyInput(values: FormValues): RetryPolicyInput {
  const delays = values.backoff === "list" ? (parseDelays(values.delays) ?? []) : null;
  const backoff: BackoffInput = delays
    ? { delaysMs: delays }
    : { exponential: { baseMs: parseDelay(values.firstWait) ?? Number.NaN, factorPercent: Math.round(number(values.factor) * 100), capMs: parseDelay(values.longestWait) ?? Number.NaN } };
  return {
    backoff,
    attemptsMax: delays ? delays.length + 1 : number(values.attemptsMax),
    windowSeconds: Math.round(number(values.windowHours) * 3600),
    jitterPercent: number(values.jitterPercent),
    finalStatuses: statuses(values.finalStatuses),
  };
}

export function limitsInput(values: FormValues): LimitsInput {
  return {
    concurrency: number(values.concurrency),
    ratePerSecond: values.ratePerSecond === "" ? null : number(values.ratePerSecond),
    timeoutMs: Math.round(number(values.timeoutSeconds) * 1000),
  };
}

export function createInput(values: FormValues): CreateSubscriptionInput {
  return {
    endpoint: values.endpoint.trim(),
    eventTypes: values.eventTypes,
    filter: filterJson(values.filter),
    headers: values.headers.map(({ name, value }) => ({ name, value })),
    format: values.format,
    verifyEndpoint: values.verifyEndpoint,
    retryPolicy: policyInput(values),
    limits: limitsInput(values),
    description: values.description,
    labels: values.labels,
    secret: { scheme: values.scheme, own: values.ownSecret || null },
    active: values.active,
  };
}

/** The settings that can be changed, and what they are called. */
export const SETTINGS = {
  endpoint: "Endpoint", verifyEndpoint: "Ask the endpoint first", description: "Description", eventTypes: "Event types", filter: "Filter", format: "Format", headers: "Headers", labels: "Labels", retryPolicy: "Retry policy", limits: "Limits",
} as const;
export type Setting = keyof typeof SETTINGS;

/** A setting as text, to be compared and shown. */
export function shown(values: FormValues, setting: Setting): string {
  switch (setting) {
    case "endpoint":
    case "description":
    case "format":
      return values[setting];
    case "verifyEndpoint":
      return values.verifyEndpoint ? "yes" : "no";
    case "eventTypes":
      return [...values.eventTypes].sort().join("\n");
    case "filter":
      return values.filter ? JSON.stringify(filterJson(values.filter), null, 2) : "";
    case "headers":
      return values.headers.map(({ name, value, kept }) => (kept && value === "" ? name : `${name}: (new value)`)).join("\n");
    case "labels":
      return values.labels.map(({ key, value }) => `${key}=${value}`).join("\n");
    case "retryPolicy":
      return JSON.stringify(policyInput(values), null, 2);
    case "limits":
      return JSON.stringify(limitsInput(values), null, 2);
  }
}

/** The settings that differ. */
export function changed(from: FormValues, to: FormValues): Setting[] {
  return (Object.keys(SETTINGS) as Setting[]).filter((setting) => shown(from, setting) !== shown(to, setting));
}

/** `base` with some settings of `other`. */
export function withSettings(base: FormValues, other: FormValues, settings: readonly Setting[]): FormValues {
  const result = { ...base };
  const groups: Record<Setting, (keyof FormValues)[]> = {
    endpoint: ["endpoint"], description: ["description"], eventTypes: ["eventTypes"], filter: ["filter"], format: ["format"], verifyEndpoint: ["verifyEndpoint"], headers: ["headers"], labels: ["labels"],
    retryPolicy: ["backoff", "firstWait", "factor", "longestWait", "delays", "attemptsMax", "windowHours", "jitterPercent", "finalStatuses"],
    limits: ["concurrency", "ratePerSecond", "timeoutSeconds"],
  };
  for (const field of settings.flatMap((setting) => groups[setting])) {
    (result as Record<string, unknown>)[field] = other[field];
  }
  return result;
}

/** What to say to the API so that `from` becomes `to`. */
export function updateInput(id: string, expectedVersion: number, from: FormValues, to: FormValues): UpdateSubscriptionInput {
  const settings = changed(from, to);
  const input: UpdateSubscriptionInput = { id, expectedVersion };
  if (settings.includes("endpoint")) input.endpoint = to.endpoint.trim();
  if (settings.includes("description")) input.description = to.description;
  if (settings.includes("eventTypes")) input.eventTypes = to.eventTypes;
  if (settings.includes("filter")) input.filter = filterJson(to.filter);
  if (settings.includes("labels")) input.labels = to.labels;
  if (settings.includes("format")) input.format = to.format;
  if (settings.includes("verifyEndpoint")) input.verifyEndpoint = to.verifyEndpoint;
  if (settings.includes("retryPolicy")) input.retryPolicy = policyInput(to);
  if (settings.includes("limits")) input.limits = limitsInput(to);
  if (settings.includes("headers")) input.headers = headerChanges(from.headers, to.headers);
  return input;
}

function headerChanges(from: HeaderRow[], to: HeaderRow[]): HeaderChangesInput {
  const stays = new Set(to.map(({ name }) => name.toLowerCase()));
  return {
    set: to.filter(({ value }) => value !== "").map(({ name, value }) => ({ name, value })),
    remove: from.map(({ name }) => name).filter((name) => !stays.has(name.toLowerCase())),
  };
}
