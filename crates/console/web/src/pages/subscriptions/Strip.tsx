// The last deliveries of a subscription as bars: taller is worse, so that it can be read without colours.
import { Tooltip } from "@mantine/core";

import type { DeliveryState } from "@/api/schema.generated";

const SHAPES: Record<DeliveryState, string> = { DELIVERED: "good", RETRYING: "warn", DEAD_LETTERED: "bad", WAITING: "idle", CANCELLED: "idle" };

export function Strip({ deliveries }: { deliveries: readonly { id: string; state: DeliveryState }[] }) {
  const count = (state: DeliveryState) => deliveries.filter((delivery) => delivery.state === state).length;
  const words = ([["DELIVERED", "delivered"], ["RETRYING", "retrying"], ["DEAD_LETTERED", "dead letters"], ["WAITING", "waiting"], ["CANCELLED", "cancelled"]] as const)
    .map(([state, word]) => [count(state), word] as const).filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`).join(", ");
  if (deliveries.length === 0) return <span style={{ color: "var(--hl-muted)", fontSize: 12 }}>none yet</span>;
  return (
    <Tooltip label={`Of the last ${deliveries.length}: ${words}`}>
      <span className="hl-strip" role="img" aria-label={`Of the last ${deliveries.length} deliveries: ${words}`}>
        {[...deliveries].reverse().map((delivery) => <i key={delivery.id} className={SHAPES[delivery.state]} />)}
      </span>
    </Tooltip>
  );
}
