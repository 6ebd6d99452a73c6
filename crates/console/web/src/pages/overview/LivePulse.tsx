// Attempts as they happen, since this page was opened: one bar for each two seconds.
import { Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useSubscription } from "urql";

import { DeliveryFeedDocument } from "@/pages/deliveries/deliveries.generated";
import { Card } from "@/ui/layout";

const SLICE_MS = 2_000;
const SLICES = 60;
interface Slice { good: number; bad: number }

export function LivePulse() {
  const now = useRef<Slice>({ good: 0, bad: 0 });
  const seen = useRef(new Map<string, number>());
  const [slices, setSlices] = useState<Slice[]>(() => Array.from({ length: SLICES }, () => ({ good: 0, bad: 0 })));
  useSubscription({ query: DeliveryFeedDocument, variables: { filter: {} } }, (_, data) => {
    const item = data.deliveryChanges;
    if (item.__typename !== "DeliveryChange") return data;
    const { id, attemptCount, lastStatus } = item.delivery;
    // A change without a new attempt, such as a cancellation, is no attempt.
    if (attemptCount > (seen.current.get(id) ?? 0)) {
      seen.current.set(id, attemptCount);
      if (seen.current.size > 5_000) seen.current.delete(seen.current.keys().next().value as string);
      if (lastStatus != null && lastStatus >= 200 && lastStatus < 300) now.current.good += 1;
      else now.current.bad += 1;
    }
    return data;
  });
  useEffect(() => {
    const timer = setInterval(() => {
      const slice = now.current;
      now.current = { good: 0, bad: 0 };
      setSlices((before) => [...before.slice(1), slice]);
    }, SLICE_MS);
    return () => clearInterval(timer);
  }, []);
  const top = Math.max(4, ...slices.map(({ good, bad }) => good + bad));
  const sum = slices.reduce((total, { good, bad }) => ({ good: total.good + good, bad: total.bad + bad }), { good: 0, bad: 0 });
  const minutes = (SLICES * SLICE_MS) / 60_000;
  return (
    <Card title="Live" aside={<Text size="xs" c="dimmed">attempts, the last {minutes} minutes, since this page was opened</Text>}>
      <svg viewBox={`0 0 ${SLICES * 10} 90`} width="100%" height="90" preserveAspectRatio="none" role="img" aria-label={`${sum.good} attempts succeeded and ${sum.bad} failed in the last ${minutes} minutes`}>
        <defs>
          <pattern id="hl-bad-lines" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="4" height="4" fill="var(--hl-bad)" /><rect width="1.4" height="4" fill="var(--hl-surface)" /></pattern>
        </defs>
        <line x1="0" x2={SLICES * 10} y1="89.5" y2="89.5" stroke="var(--hl-line-strong)" />
        {slices.map(({ good, bad }, index) => {
          const [high, low] = [(84 * good) / top, (84 * bad) / top];
          return (
            <g key={index}>
              {good > 0 ? <rect x={index * 10 + 1.5} width="7" y={89 - high} height={high} fill="var(--mantine-primary-color-filled)" rx="1" /> : null}
              {bad > 0 ? <rect x={index * 10 + 1.5} width="7" y={89 - high - low} height={low} fill="url(#hl-bad-lines)" rx="1" /> : null}
            </g>
          );
        })}
      </svg>
      <Text size="sm" mt={8} component="div" style={{ display: "flex", gap: 18, flexWrap: "wrap" }}>
        <span><Swatch /> {sum.good.toLocaleString()} succeeded</span>
        <span><Swatch bad /> {sum.bad.toLocaleString()} failed</span>
      </Text>
    </Card>
  );
}

function Swatch({ bad = false }: { bad?: boolean }) {
  return <svg width="11" height="11" aria-hidden style={{ verticalAlign: -1, marginRight: 4 }}><rect width="11" height="11" rx="2" fill={bad ? "url(#hl-bad-lines)" : "var(--mantine-primary-color-filled)"} /></svg>;
}
