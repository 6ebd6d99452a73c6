// How things fare, in words, shape and colour: each can be told without the other two.
import {
  IconAlertTriangle, IconBan, IconCheck, IconCircleDashed, IconClockPause, IconHourglass, IconPlayerPause, IconPower, IconRefresh, IconSkull, IconTrash, IconX, type Icon,
} from "@tabler/icons-react";
import type { ReactNode } from "react";

import type { DeliveryState, SubscriptionState } from "@/api/schema.generated";

export type Tone = "good" | "warn" | "bad" | "info" | "idle";

/** A word on a coloured ground, with a shape. */
export function Status({ tone, icon: Shape, children }: { tone: Tone; icon?: Icon | undefined; children: ReactNode }) {
  return (
    <span className={`hl-status hl-${tone}`}>
      {Shape ? <Shape size={13} stroke={2.2} aria-hidden /> : null}
      {children}
    </span>
  );
}

const DELIVERY: Record<DeliveryState, { tone: Tone; icon: Icon; label: string }> = {
  WAITING: { tone: "info", icon: IconHourglass, label: "Waiting" },
  RETRYING: { tone: "warn", icon: IconRefresh, label: "Retrying" },
  DELIVERED: { tone: "good", icon: IconCheck, label: "Delivered" },
  DEAD_LETTERED: { tone: "bad", icon: IconSkull, label: "Dead letter" },
  CANCELLED: { tone: "idle", icon: IconBan, label: "Cancelled" },
};
export const DELIVERY_STATES = Object.keys(DELIVERY) as DeliveryState[];
export const deliveryLabel = (state: DeliveryState) => DELIVERY[state].label;
export const deliveryTone = (state: DeliveryState) => DELIVERY[state].tone;

export function DeliveryBadge({ state }: { state: DeliveryState }) {
  const { tone, icon, label } = DELIVERY[state];
  return <Status tone={tone} icon={icon}>{label}</Status>;
}

const SUBSCRIPTION: Record<SubscriptionState, { tone: Tone; icon: Icon; label: string }> = {
  ACTIVE: { tone: "good", icon: IconCheck, label: "Active" },
  PAUSED: { tone: "warn", icon: IconPlayerPause, label: "Paused" },
  DISABLED: { tone: "idle", icon: IconPower, label: "Disabled" },
  DELETED: { tone: "idle", icon: IconTrash, label: "Deleted" },
};
export const SUBSCRIPTION_STATES = Object.keys(SUBSCRIPTION) as SubscriptionState[];
export const subscriptionLabel = (state: SubscriptionState) => SUBSCRIPTION[state].label;

/** Whether a subscription delivers, and if it does, how that goes. */
export function SubscriptionBadge({ state, failing }: { state: SubscriptionState; failing: boolean }) {
  if (state === "ACTIVE" && failing) return <Status tone="bad" icon={IconAlertTriangle}>Failing</Status>;
  const { tone, icon, label } = SUBSCRIPTION[state];
  return <Status tone={tone} icon={icon}>{label}</Status>;
}

/** What an attempt came back with: a status, or why there was none. */
export function Answer({ status, errorClass }: { status?: number | null | undefined; errorClass?: string | null | undefined }) {
  if (status != null) {
    const good = status >= 200 && status < 300;
    return <Status tone={good ? "good" : "bad"} icon={good ? IconCheck : IconX}>{status}</Status>;
  }
  if (errorClass) return <Status tone="bad" icon={IconX}>{errorClass}</Status>;
  return <Status tone="idle" icon={IconCircleDashed}>none yet</Status>;
}

export { IconClockPause };
