// How the attempts of a subscription went in the last 24 hours, hour by hour: what failed hangs below the line, so that it
// can be read without colours.
import { Tooltip } from "@mantine/core";

const HEIGHT = 10;

export function Strip({ hours }: { hours: readonly { at: string; delivered: number; failed: number }[] }) {
  const sum = (of: "delivered" | "failed") => hours.reduce((total, hour) => total + hour[of], 0);
  const [delivered, failed] = [sum("delivered"), sum("failed")];
  if (delivered + failed === 0) return <span style={{ color: "var(--hl-muted)", fontSize: 12 }}>none</span>;
  const top = Math.max(...hours.flatMap((hour) => [hour.delivered, hour.failed]));
  // A single one among thousands is still to be seen.
  const tall = (count: number) => (count === 0 ? 0 : Math.max(2, Math.round((HEIGHT * count) / top)));
  const words = `${delivered.toLocaleString()} succeeded, ${failed.toLocaleString()} failed`;
  return (
    <Tooltip label={`Attempts in the last 24 hours, hour by hour: ${words}`}>
      <span className="hl-strip" role="img" aria-label={`Attempts in the last 24 hours: ${words}`}>
        {hours.map((hour) => (
          <span key={hour.at}><i className="good" style={{ height: tall(hour.delivered) }} /><i className="bad" style={{ height: tall(hour.failed) }} /></span>
        ))}
      </span>
    </Tooltip>
  );
}
