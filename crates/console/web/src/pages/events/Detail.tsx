// One event: what it says, and what became of it for each subscription.
import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { IconCopy } from "@tabler/icons-react";
import { Link, useParams } from "@tanstack/react-router";
import { useSubscription } from "urql";

import { useAsk, useWritten } from "@/api/ask";
import { useAskOnceLive } from "@/api/awaited";
import { DeliveryFeedDocument } from "@/pages/deliveries/deliveries.generated";
import { DeliveryTable } from "@/pages/deliveries/DeliveryTable";
import { useMay } from "@/shell/viewer";
import { ActorName } from "@/ui/actor";
import { Code } from "@/ui/code";
import { IdChip } from "@/ui/copy";
import { Card, Facts, Page } from "@/ui/layout";
import { Empty, Gone, Shown } from "@/ui/states";
import { Time } from "@/ui/time";

import { bytes } from "./bytes";
import { DataCard } from "./DataCard";
import { EventPageDocument } from "./events.generated";
import { WhyMatched } from "./WhyMatched";

export function EventDetail() {
  const { id } = useParams({ from: "/events/$id" });
  const asked = useAsk(EventPageDocument, { id, minPosition: useWritten() }, { keep: id });
  const may = useMay("PUBLISH");
  useAskOnceLive(asked);
  const { again } = asked;
  useSubscription({ query: DeliveryFeedDocument, variables: { filter: { eventId: id } } }, (_, data) => {
    again();
    return data;
  });
  return (
    <Shown asked={asked} rows={8} page="Event">
      {({ event }) => event ? (
        <Page title={event.type} heading={<span className="hl-mono" style={{ fontSize: "0.95em" }}>{event.type}</span>} back={<Anchor component={Link} to="/events" size="sm">Events</Anchor>}
          about={<Group gap={8} mt={4}><IdChip id={event.id} whole /><span>accepted <Time at={event.acceptedAt} /></span></Group>}
          actions={may ? <Button variant="default" leftSection={<IconCopy size={16} />} component={Link} to="/publish" search={{ type: event.type } as never}>Publish one like it</Button> : null}>
          <div className="hl-main-aside">
            <Stack gap={16}>
              <DataCard event={event} />
              <Card title="Deliveries" pad={false}>
                {event.deliveries.nodes.length > 0 ? <DeliveryTable deliveries={event.deliveries.nodes} label="Deliveries of this event" /> : <Empty title="No subscription matched">Below is why, for each of them.</Empty>}
              </Card>
              <WhyMatched eventId={event.id} eventType={event.type} acceptedAt={event.acceptedAt} />
            </Stack>
            <Stack gap={16}>
              <Card title="Facts">
                <Facts of={[
                  ["Type", <Link to="/event-types/$name" params={{ name: event.type }} search={{ version: String(event.version) }} className="hl-mono">{event.type}</Link>],
                  ["Version", event.version],
                  ["Source", <span className="hl-mono">{event.source}</span>],
                  ["Publisher’s id", event.publisherId ? <span className="hl-mono">{event.publisherId}</span> : null],
                  ["Happened", <Time at={event.time} absolute />],
                  ["Accepted", <Time at={event.acceptedAt} absolute />],
                  ["Published by", <ActorName actor={event.publishedBy} />],
                  ["Size", bytes(event.dataBytes)],
                  ["Position", <span className="hl-mono">{event.position}</span>],
                  ["Request", event.correlationId ? <span className="hl-mono">{event.correlationId}</span> : null],
                  ["Trace", event.traceParent ? <span className="hl-mono">{event.traceParent}</span> : null],
                ]} />
              </Card>
              <Card title="Metadata">{event.metadataText ? <Code text={event.metadataText} json label="metadata" /> : <Text size="sm" c="dimmed">The publisher said nothing besides.</Text>}</Card>
            </Stack>
          </div>
        </Page>
      ) : <Gone what="event" />}
    </Shown>
  );
}
