// Where the time of an attempt went.
import { Text } from "@mantine/core";

import { duration } from "@/ui/time";

interface Phases { dnsMs?: number | null; connectMs?: number | null; tlsMs?: number | null; firstByteMs?: number | null; totalMs: number }

const NAMES = [["dnsMs", "DNS"], ["connectMs", "Connect"], ["tlsMs", "TLS"], ["firstByteMs", "Waiting for the first byte"]] as const;
const COLOURS = ["#0f766e", "#7c5cc4", "#b7791f", "#4353c0", "#8a93a6"];

/** One bar a phase, in the order in which they happened. The rest is what came after the first byte, and what was between. */
export function Waterfall({ phases }: { phases: Phases }) {
  let start = 0;
  const bars: { name: string; ms: number; start: number; colour: string }[] = NAMES.flatMap(([field, name], index) => {
    const ms = phases[field];
    if (ms == null) return [];
    const bar = { name, ms, start, colour: COLOURS[index] ?? "" };
    start += ms;
    return [bar];
  });
  const rest = phases.totalMs - start;
  if (rest > 0.0005) bars.push({ name: phases.firstByteMs != null ? "Reading the response" : "Until it failed", ms: rest, start, colour: COLOURS[4] ?? "" });
  const total = Math.max(phases.totalMs, 0.001);
  return (
    <div style={{ display: "grid", gridTemplateColumns: "minmax(90px, max-content) 1fr max-content", gap: "6px 12px", alignItems: "center", fontSize: 13 }}>
      {bars.map((bar) => (
        <div key={bar.name} style={{ display: "contents" }}>
          <span style={{ color: "var(--hl-muted)" }}>{bar.name}</span>
          <div className="hl-bar" aria-hidden><i style={{ left: `${(100 * bar.start) / total}%`, width: `max(2px, ${(100 * bar.ms) / total}%)`, background: bar.colour, borderRadius: 3 }} /></div>
          <span style={{ textAlign: "right" }}>{duration(bar.ms)}</span>
        </div>
      ))}
      <Text size="sm" fw={560} component="span">Total</Text><span /><Text size="sm" fw={560} ta="right" component="span">{duration(phases.totalMs)}</Text>
      {phases.connectMs == null && phases.firstByteMs != null ? <Text size="xs" c="dimmed" style={{ gridColumn: "1 / -1" }}>An open connection was used again, so there was nothing to look up or to connect.</Text> : null}
    </div>
  );
}
