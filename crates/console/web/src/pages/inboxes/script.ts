// What an inbox answers, one after the other: between the form and the API. Pure.
import type { InboxResponseInput } from "@/api/schema.generated";

/** A line of the script, as the form holds it. */
export interface Line { status: number | string; times: number | string; delayMs: number | string; body: string }

const line = (status: number, times = 1, delayMs = 0): Line => ({ status, times, delayMs, body: "" });
/** Scripts for what people want to try. */
export const PRESETS: { name: string; lines: Line[] }[] = [
  { name: "Always 204", lines: [line(204)] },
  { name: "Fail twice, then 200", lines: [line(503, 2), line(200)] },
  { name: "Always 500", lines: [line(500)] },
  { name: "Slow: 3 s, then 200", lines: [line(200, 1, 3000)] },
  { name: "410 Gone", lines: [line(410)] },
];

const whole = (value: number | string, least: number, most: number) => value !== "" && Number.isInteger(Number(value)) && Number(value) >= least && Number(value) <= most;

/** What is wrong with a line; nothing if it is well. */
export function flawOf({ status, times, delayMs }: Line): string | null {
  if (!whole(status, 200, 599)) return "A status is a whole number from 200 to 599";
  if (!whole(times, 1, 1000)) return "1 to 1,000 times";
  return whole(delayMs, 0, 30_000) ? null : "At most 30,000 ms";
}

export const toInput = (lines: readonly Line[]): InboxResponseInput[] => lines.map(({ status, times, delayMs, body }) => ({ status: Number(status), times: Number(times), delayMs: Number(delayMs), body: body || null }));

interface Response { status: number; times: number; delayMs: number; body: string }
export const fromResponses = (responses: readonly Response[]): Line[] => responses.map(({ status, times, delayMs, body }) => ({ status, times, delayMs, body }));

/** The script in words: "503 twice, then 200". */
export function sentenceOf(responses: readonly Response[]): string {
  const slow = ({ delayMs }: Response) => (delayMs > 0 ? ` after ${delayMs >= 1000 ? `${delayMs / 1000} s` : `${delayMs} ms`}` : "");
  const often = (times: number) => (times === 1 ? "once" : times === 2 ? "twice" : `${times.toLocaleString()} times`);
  return responses.map((response, index) => `${response.status}${slow(response)}${index < responses.length - 1 ? ` ${often(response.times)}` : ""}`).join(", then ");
}
