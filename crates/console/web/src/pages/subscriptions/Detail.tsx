// One subscription: what it is called, how it fares, and its tabs.
import { Alert, Anchor, Group } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle, IconWebhookOff } from "@tabler/icons-react";
import { Link, Outlet, useParams, useRouterState } from "@tanstack/react-router";

import { IdChip } from "@/ui/copy";
import { Page } from "@/ui/layout";
import { Gone, Shown } from "@/ui/states";
import { SubscriptionBadge } from "@/ui/status";
import { Time } from "@/ui/time";

import { SubscriptionActions } from "./Actions";
import type { SubscriptionDetailFragment } from "./subscriptions.generated";
import { useAskSubscription } from "./useSubscription";

const TABS = [
  { to: "/subscriptions/$id", label: "Overview", exact: true },
  { to: "/subscriptions/$id/deliveries", label: "Deliveries", exact: false },
  { to: "/subscriptions/$id/secret", label: "Secret", exact: false },
  { to: "/subscriptions/$id/history", label: "History", exact: false },
] as const;

export function SubscriptionDetail() {
  const { id } = useParams({ from: "/subscriptions/$id" });
  const asked = useAskSubscription(id);
  const editing = useRouterState({ select: (state) => state.location.pathname.endsWith("/edit") });
  return (
    <Shown asked={asked} rows={8} page="Subscription">
      {({ subscription }) => subscription ? (
        <Page title={subscription.description || subscription.endpoint} back={<Anchor component={Link} to="/subscriptions" size="sm">Subscriptions</Anchor>}
          about={<Group gap={8} mt={4}><SubscriptionBadge state={subscription.state} failing={subscription.failingSince != null} /><span className="hl-mono" style={{ overflowWrap: "anywhere" }}>{subscription.endpoint}</span><IdChip id={id} /></Group>}
          actions={editing ? null : <SubscriptionActions subscription={subscription} />}>
          <StateNotice subscription={subscription} />
          {editing ? null : (
            <nav className="hl-tabs" aria-label="Parts of the subscription">
              {TABS.map(({ to, label, exact }) => <Link key={to} to={to} params={{ id }} activeOptions={{ exact, includeSearch: false }}>{label}</Link>)}
            </nav>
          )}
          <Outlet />
        </Page>
      ) : <Gone what="subscription" icon={IconWebhookOff} />}
    </Shown>
  );
}

const CAUSES = {
  REQUESTED: "somebody asked for it", NOT_ACTIVATED: "it was made inactive", ENDPOINT_GONE: "the endpoint answered 410 Gone", FAILING: "attempts kept failing",
} as const;

function StateNotice({ subscription }: { subscription: SubscriptionDetailFragment }) {
  const { state, stateReason, failingSince } = subscription;
  if (state === "ACTIVE" && failingSince) {
    return (
      <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} title="Nearly all attempts fail">
        This began <Time at={failingSince} />. The endpoint may be spared: then one attempt is made to see, 5 seconds to 5 minutes after the last, and what else is due waits until one succeeds. After five days the subscription is disabled, unless the server is set up otherwise.
      </Alert>
    );
  }
  if (!stateReason || state === "ACTIVE" || state === "DELETED") return null;
  return (
    <Alert color={state === "PAUSED" ? "yellow" : "gray"} variant="light" icon={<IconInfoCircle size={18} />} title={state === "PAUSED" ? "Paused: events match and wait" : "Disabled: events do not match"}>
      Because {CAUSES[stateReason.cause]}{stateReason.note ? `: “${stateReason.note}”` : "."}
    </Alert>
  );
}
