// Instants and durations, in the viewer's zone and words.
import { Tooltip, VisuallyHidden } from "@mantine/core";
import { useEffect, useState, useSyncExternalStore, type ReactNode } from "react";

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1],
];

/** How long before or after `now`, in one unit. */
export function fromNow(instant: number, now: number): string {
  const seconds = Math.round((instant - now) / 1000);
  if (Math.abs(seconds) < 1) return "now";
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return "now";
}

/** The instant in the viewer's zone, with the zone named. For labels; what stands on a page is a `Time`. */
export function exact(iso: string): string {
  return new Date(iso).toLocaleString(undefined, {
    year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, timeZoneName: "short",
  });
}

/** A duration with as many digits as matter. */
export function duration(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const parts: [string, number][] = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1000]];
  const first = parts.findIndex(([, size]) => ms >= size);
  const [unit, size] = parts[first] ?? ["s", 1000];
  const next = parts[first + 1];
  const rest = next ? Math.floor((ms % size) / next[1]) : 0;
  return `${Math.floor(ms / size)} ${unit}${next && rest > 0 ? ` ${rest} ${next[0]}` : ""}`;
}

/** The time, again and again: as often as `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** Whether every instant is written out: for whoever does not point at things. Kept by the browser, as the colours are. */
const KEPT_AS = "hookledger-times";
let writtenOut = localStorage.getItem(KEPT_AS) === "written-out";
const watchers = new Set<() => void>();
const watch = (watcher: () => void) => {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
};
export const useWrittenOut = () => useSyncExternalStore(watch, () => writtenOut);
export function writeOut(all: boolean) {
  writtenOut = all;
  if (all) localStorage.setItem(KEPT_AS, "written-out");
  else localStorage.removeItem(KEPT_AS);
  for (const watcher of watchers) watcher();
}

/** An instant in some words: exact to the microsecond when it is pointed at, read out exactly, and written out if wanted. */
function Instant({ at, words, absolute = false }: { at: string; words: ReactNode; absolute?: boolean }) {
  const all = useWrittenOut();
  const shown = exact(at);
  return (
    <Tooltip label={<>{shown}<br />{at}</>} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={at} className={`hl-time${all || absolute ? " whole" : ""}`}>
        {all || absolute ? shown : <><span>{words}</span><VisuallyHidden>, {shown}</VisuallyHidden></>}
      </time>
    </Tooltip>
  );
}

/** An instant: how long ago, or written out. Every instant on a page is one of these three. */
export function Time({ at, absolute = false }: { at: string; absolute?: boolean }) {
  const instant = Date.parse(at);
  const now = useNow(Math.abs(Date.now() - instant) < 120_000 ? 1_000 : 30_000);
  return <Instant at={at} words={fromNow(instant, now)} absolute={absolute} />;
}

/** How long until an instant, counted down. */
export function Countdown({ to }: { to: string }) {
  const left = Date.parse(to) - useNow(250);
  return <Instant at={to} words={<span role="timer">{left <= 0 ? "due now" : `in ${duration(Math.max(left, 1000))}`}</span>} />;
}

/** When a step of a chart starts: to the minute, or the day. */
export function StepTime({ at, days }: { at: string; days: boolean }) {
  return <Instant at={at} words={new Date(at).toLocaleString(undefined, days ? { dateStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" })} />;
}
