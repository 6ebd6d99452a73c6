// When attempts would be made: a line on a logarithmic scale, and the same as a table.
import { Text } from "@mantine/core";

import { duration } from "@/ui/time";

export interface Step { attempt: number; waitSeconds: number; elapsedSeconds: number }

/** The place of an instant between 0 and 1: seconds are as wide as days. */
const place = (seconds: number, last: number) => (last <= 0 ? 0 : Math.log1p(seconds) / Math.log1p(last));

export function Schedule({ steps, jitterPercent, windowSeconds }: { steps: readonly Step[]; jitterPercent: number; windowSeconds?: number }) {
  const last = steps.at(-1)?.elapsedSeconds ?? 0;
  return (
    <div>
      <svg viewBox="0 0 1000 56" width="100%" height="56" role="img" aria-label={`${steps.length} attempts within ${duration(last * 1000)}`} preserveAspectRatio="none">
        <line x1="8" x2="992" y1="28" y2="28" stroke="var(--hl-line-strong)" strokeWidth="2" vectorEffect="non-scaling-stroke" />
        {steps.map((step) => {
          const x = 8 + 984 * place(step.elapsedSeconds, last);
          return <line key={step.attempt} x1={x} x2={x} y1="14" y2="42" stroke="var(--mantine-primary-color-filled)" strokeWidth="4" strokeLinecap="round" vectorEffect="non-scaling-stroke" />;
        })}
      </svg>
      <Text size="sm">
        <b>{steps.length}</b> {steps.length === 1 ? "attempt" : `attempts, the last ${duration(last * 1000)} after the first`}
        {jitterPercent > 0 ? <span style={{ color: "var(--hl-muted)" }}> (chance adds up to {jitterPercent} % to each wait)</span> : null}
        {windowSeconds !== undefined && last > windowSeconds ? <span style={{ color: "var(--hl-warn)" }}> The window ends earlier.</span> : null}
      </Text>
      <div className="hl-scroll" style={{ marginTop: 8, maxHeight: 232, overflowY: "auto" }} tabIndex={0} role="region" aria-label="Planned attempts">
        <table className="hl-table">
          <thead><tr><th>Attempt</th><th className="num">waits</th><th className="num">after the first</th></tr></thead>
          <tbody>
            {steps.map((step) => (
              <tr key={step.attempt}>
                <td>{step.attempt}</td>
                <td className="num">{step.attempt === 1 ? "at once" : duration(step.waitSeconds * 1000)}</td>
                <td className="num">{step.elapsedSeconds === 0 ? "" : duration(step.elapsedSeconds * 1000)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
