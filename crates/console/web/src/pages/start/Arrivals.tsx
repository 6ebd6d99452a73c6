// What became of the events that were sent: told by the feeds, and asked for besides until it is known.
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconCheck, IconSend } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";

import { useAsk, useWritten } from "@/api/ask";
import { useAskUntil } from "@/api/awaited";
import { DeliveriesDocument } from "@/pages/deliveries/deliveries.generated";
import { DeliveryTable } from "@/pages/deliveries/DeliveryTable";
import { useDeliveryFeed } from "@/pages/deliveries/useDeliveryFeed";
import { InboxPageDocument } from "@/pages/inboxes/inboxes.generated";
import { useInboxFeed } from "@/pages/inboxes/useInboxFeed";
import { Verdict } from "@/pages/inboxes/Verdict";
import { Loading, Missed } from "@/ui/states";

const NONE: readonly never[] = [];

interface Props {
  subscriptionId: string;
  eventId: string;
  inboxId: string | undefined;
  /** Tells that the event has arrived. */
  arrived: () => void;
}

export function Arrivals({ subscriptionId, eventId, inboxId, arrived }: Props) {
  const filter = { subscriptionId };
  const asked = useAsk(DeliveriesDocument, { filter, first: 5, counted: false, minPosition: useWritten() }, { keep: subscriptionId });
  const { rows } = useDeliveryFeed(asked.data?.deliveries.nodes ?? NONE, filter, true);
  const own = rows.find((row) => row.eventId === eventId);
  const there = own?.state === "DELIVERED";
  const failed = own !== undefined && !there && (own.lastStatus != null || own.lastErrorClass != null);
  useAskUntil(asked, !there);
  useEffect(() => { if (there) arrived(); }, [there, eventId]); // eslint-disable-line react-hooks/exhaustive-deps
  return (
    <Stack gap={12}>
      <Missed asked={asked} what="its deliveries" />
      {rows.length === 0 ? (asked.error ? null : <Loading rows={1} />) : <DeliveryTable deliveries={rows} label="Deliveries of your subscription" brief ofOne />}
      {inboxId ? <InboxArrivals inboxId={inboxId} /> : null}
      <div role="status">
        {there ? (
          <Alert color="green" variant="light" icon={<IconCheck size={18} />} title="It arrived">
            The endpoint answered {own.lastStatus}. Open the delivery above to see the request, the answer and how long each part took.
          </Alert>
        ) : null}
        {failed ? <Alert color="yellow" variant="light" icon={<IconSend size={18} />} title="The endpoint did not take it">Open the delivery to see what came back. It is tried again by itself.</Alert> : null}
      </div>
      {there || failed ? <Next inboxId={inboxId} /> : null}
    </Stack>
  );
}

function Next({ inboxId }: { inboxId: string | undefined }) {
  return (
    <Group gap={10}>
      <Button component={Link} to="/">To the overview</Button>
      {inboxId ? <Button variant="default" component={Link} to="/inboxes/$id" params={{ id: inboxId } as never} search={{ change: "responses" } as never}>Make it fail</Button> : null}
      <Button variant="default" component={Link} to="/subscriptions/new">A subscription of your own</Button>
    </Group>
  );
}

function InboxArrivals({ inboxId }: { inboxId: string }) {
  const asked = useAsk(InboxPageDocument, { id: inboxId }, { keep: inboxId });
  const [newest] = useInboxFeed(inboxId, asked.data?.inbox?.requests ?? NONE, asked.again);
  useAskUntil(asked, newest === undefined && asked.data?.inbox !== null);
  if (asked.error) return <Missed asked={asked} what="the inbox" />;
  if (asked.data?.inbox === null) return <Text size="sm" c="dimmed">The inbox is gone: inboxes live in the memory of the server, and end with it.</Text>;
  if (!newest) return null;
  return (
    <Group gap={8}>
      <Text size="sm">In the inbox: <Link to="/inboxes/$id" params={{ id: inboxId }} search={{ request: String(newest.number) }}>request {newest.number}</Link></Text>
      <Verdict verdict={newest.signature.verdict} />
      <Text size="sm" c="dimmed">answered {newest.response.status}</Text>
    </Group>
  );
}
