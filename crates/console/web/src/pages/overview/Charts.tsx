// What happened over time: attempts by outcome, and how long they took. Readable without colours: failures are hatched,
// percentiles dashed differently, and all of it stands in a table too.
import { Group, SegmentedControl, Text } from "@mantine/core";
import { useState, type PointerEvent } from "react";

import { useAsk, type Asked } from "@/api/ask";
import { Card } from "@/ui/layout";
import { Shown } from "@/ui/states";
import { duration, StepTime, useNow } from "@/ui/time";

import { SeriesDocument, type CountPartsFragment, type SeriesPartsFragment } from "./overview.generated";
import { RANGES, spanOf, type RangeName } from "./range";

interface Point { at: string; counts: CountPartsFragment }
const [WIDTH, HEIGHT] = [1000, 150];
const failed = ({ attempts, answers }: CountPartsFragment) => attempts - answers.success;

interface Ranged { range: RangeName; setRange: (range: RangeName) => void }

/** How the attempts of one subscription went. */
export function SubscriptionCharts({ range, setRange, subscriptionId }: Ranged & { subscriptionId: string }) {
  const span = spanOf(RANGES[range], useNow(15_000));
  const asked = useAsk(SeriesDocument, { ...span, interval: RANGES[range].interval, subscriptionId }, { keep: `${range}-${subscriptionId}` });
  return <Charts range={range} setRange={setRange} asked={{ ...asked, data: asked.data?.analytics }} from={span.from} />;
}

/** Charts of a series that somebody else asked for, so that the figures beside them are of the same answer. */
export function Charts({ range, setRange, asked, from }: Ranged & { asked: Asked<SeriesPartsFragment>; from: string }) {
  const chosen = RANGES[range];
  const [at, setAt] = useState<number | null>(null);
  const when = (at: string) => <StepTime at={at} days={chosen.stepMs >= 86_400_000} />;
  return (
    <Card title="Attempts and how long they took" aside={<SegmentedControl size="xs" aria-label="Time range" value={range} onChange={(value) => setRange(value as RangeName)} data={Object.entries(RANGES).map(([value, { label }]) => ({ value, label }))} />}>
      <Shown asked={asked} rows={6}>
        {({ points, total }) => {
          const point = at === null ? undefined : points[at];
          const counts = point?.counts ?? total;
          return (
            <>
              <Text size="sm" component="div" mb={10} style={{ display: "flex", gap: "4px 16px", flexWrap: "wrap", minHeight: 22 }}>
                <b>{point ? when(point.at) : `Last ${chosen.label.toLowerCase()}`}</b>
                <span><Key /> {counts.answers.success.toLocaleString()} succeeded</span>
                <span><Key bad /> {failed(counts).toLocaleString()} failed</span>
                {counts.latency ? <span style={{ color: "var(--hl-muted)" }}>p50 {duration(counts.latency.p50Ms)}, p95 {duration(counts.latency.p95Ms)}, p99 {duration(counts.latency.p99Ms)}</span> : null}
              </Text>
              <div className="hl-grid2">
                <Bars points={points} at={at} setAt={setAt} />
                <Lines points={points} at={at} setAt={setAt} />
              </div>
              <Group justify="space-between" mt={6}><Text size="xs" c="dimmed">{when(from)}</Text><Text size="xs" c="dimmed">now</Text></Group>
              <details style={{ marginTop: 6, fontSize: 13 }}>
                <summary style={{ cursor: "pointer", color: "var(--hl-muted)" }}>As a table</summary>
                <div className="hl-scroll" role="region" aria-label="Attempts over time" tabIndex={0} style={{ maxHeight: 300, overflowY: "auto", marginTop: 8 }}>
                  <table className="hl-table">
                    <thead><tr><th>From</th><th className="num">Events</th><th className="num">Succeeded</th><th className="num">Failed</th><th className="num">Dead letters</th><th className="num">p50</th><th className="num">p99</th></tr></thead>
                    <tbody>
                      {points.filter((one) => one.counts.attempts + one.counts.published > 0).reverse().map((one) => (
                        <tr key={one.at}>
                          <td>{when(one.at)}</td><td className="num">{one.counts.published.toLocaleString()}</td><td className="num">{one.counts.answers.success.toLocaleString()}</td><td className="num">{failed(one.counts).toLocaleString()}</td><td className="num">{one.counts.deadLettered.toLocaleString()}</td>
                          <td className="num">{one.counts.latency ? duration(one.counts.latency.p50Ms) : ""}</td><td className="num">{one.counts.latency ? duration(one.counts.latency.p99Ms) : ""}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              </details>
            </>
          );
        }}
      </Shown>
    </Card>
  );
}

interface Chart { points: readonly Point[]; at: number | null; setAt: (at: number | null) => void }

function pointed({ points, setAt }: Chart) {
  return {
    onPointerMove: (event: PointerEvent<SVGSVGElement>) => {
      const box = event.currentTarget.getBoundingClientRect();
      setAt(Math.min(points.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * points.length))));
    },
    onPointerLeave: () => setAt(null),
  };
}

function Bars(chart: Chart) {
  const { points, at } = chart;
  const top = Math.max(1, ...points.map(({ counts }) => counts.attempts));
  const step = WIDTH / Math.max(points.length, 1);
  const high = (count: number) => ((HEIGHT - 8) * count) / top;
  const sum = points.reduce((total, { counts }) => ({ good: total.good + counts.answers.success, bad: total.bad + failed(counts) }), { good: 0, bad: 0 });
  return (
    <figure style={{ margin: 0 }}>
      <figcaption style={{ fontSize: 12, color: "var(--hl-muted)", display: "flex", justifyContent: "space-between" }}><span>Attempts</span><span>at most {top.toLocaleString()}</span></figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" height={HEIGHT} preserveAspectRatio="none" role="img" aria-label={`${sum.good} attempts succeeded and ${sum.bad} failed`} {...pointed(chart)}>
        <defs><pattern id="hl-failed" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="var(--hl-bad)" /><rect width="2" height="6" fill="var(--hl-surface)" /></pattern></defs>
        {at !== null ? <rect x={at * step} width={step} y="0" height={HEIGHT} fill="var(--hl-idle-soft)" /> : null}
        {points.map(({ at: key, counts }, index) => {
          const [good, bad] = [high(counts.answers.success), high(failed(counts))];
          return (
            <g key={key}>
              {good > 0 ? <rect x={index * step + step * 0.12} width={step * 0.76} y={HEIGHT - good} height={good} fill="var(--mantine-primary-color-filled)" /> : null}
              {bad > 0 ? <rect x={index * step + step * 0.12} width={step * 0.76} y={HEIGHT - good - bad} height={bad} fill="url(#hl-failed)" /> : null}
            </g>
          );
        })}
        <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} stroke="var(--hl-line-strong)" vectorEffect="non-scaling-stroke" />
      </svg>
    </figure>
  );
}

const PERCENTILES = [["p50Ms", "p50", "none", "var(--hl-muted)"], ["p95Ms", "p95", "6 4", "var(--hl-info)"], ["p99Ms", "p99", "2 3", "var(--hl-warn)"]] as const;

function Lines(chart: Chart) {
  const { points, at } = chart;
  const top = Math.max(1, ...points.map(({ counts }) => counts.latency?.p99Ms ?? 0));
  const step = WIDTH / Math.max(points.length, 1);
  const y = (ms: number) => HEIGHT - 4 - ((HEIGHT - 12) * Math.log1p(ms)) / Math.log1p(top);
  /** Neighbours are joined; where nothing was tried there is a gap, and what stands alone is a short dash. */
  const path = (field: (typeof PERCENTILES)[number][0]) => points.map(({ counts }, index) => {
    const value = counts.latency?.[field];
    if (value == null) return "";
    const before = points[index - 1]?.counts.latency;
    return `${before ? "L" : "M"}${((index + (before ? 0.5 : 0.2)) * step).toFixed(1)} ${y(value).toFixed(1)}${before ? "" : `L${((index + 0.5) * step).toFixed(1)} ${y(value).toFixed(1)}`}`;
  }).join("");
  return (
    <figure style={{ margin: 0 }}>
      <figcaption style={{ fontSize: 12, color: "var(--hl-muted)", display: "flex", justifyContent: "space-between", flexWrap: "wrap", gap: 8 }}>
        <span style={{ display: "inline-flex", gap: 12 }}>{PERCENTILES.map(([field, name, dash, colour]) => <span key={field}><svg width="18" height="6" aria-hidden><line x1="0" x2="18" y1="3" y2="3" stroke={colour} strokeWidth="2" strokeDasharray={dash} /></svg> {name}</span>)}</span>
        <span>up to {duration(top)}, logarithmic</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" height={HEIGHT} preserveAspectRatio="none" role="img" aria-label="How long attempts took: median, 95th and 99th percentile; the table below has the figures" {...pointed(chart)}>
        {at !== null ? <rect x={at * step} width={step} y="0" height={HEIGHT} fill="var(--hl-idle-soft)" /> : null}
        {PERCENTILES.map(([field, , dash, colour]) => <path key={field} d={path(field)} fill="none" stroke={colour} strokeWidth="2" strokeDasharray={dash} vectorEffect="non-scaling-stroke" strokeLinejoin="round" />)}
        <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} stroke="var(--hl-line-strong)" vectorEffect="non-scaling-stroke" />
      </svg>
    </figure>
  );
}

function Key({ bad = false }: { bad?: boolean }) {
  return <svg width="11" height="11" aria-hidden style={{ verticalAlign: -1, marginRight: 4 }}><rect width="11" height="11" rx="2" fill={bad ? "url(#hl-failed)" : "var(--mantine-primary-color-filled)"} /></svg>;
}
