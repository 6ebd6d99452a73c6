// Spans of time for charts. Pure.
import type { AnalyticsInterval } from "@/api/schema.generated";

export interface Range { label: string; ms: number; interval: AnalyticsInterval; stepMs: number }

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
/** By the word in the address. */
export const RANGES = {
  hour: { label: "Hour", ms: HOUR, interval: "MINUTE", stepMs: MINUTE },
  day: { label: "Day", ms: DAY, interval: "FIVE_MINUTES", stepMs: 5 * MINUTE },
  week: { label: "Week", ms: 7 * DAY, interval: "HOUR", stepMs: HOUR },
  quarter: { label: "90 days", ms: 90 * DAY, interval: "DAY", stepMs: DAY },
} as const satisfies Record<string, Range>;
export type RangeName = keyof typeof RANGES;
export const isRange = (word: string | undefined): word is RangeName => word !== undefined && word in RANGES;

/** The span that ends with the bucket in which `now` is. The same within a bucket, so that nothing is asked twice. */
export function spanOf({ ms, stepMs }: Range, now: number): { from: string; to: string } {
  const end = Math.ceil((now + 1) / stepMs) * stepMs;
  return { from: new Date(end - ms).toISOString(), to: new Date(end).toISOString() };
}
