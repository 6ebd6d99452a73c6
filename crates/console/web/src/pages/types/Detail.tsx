// One event type: what it means, an example, and who wants it.
import { Anchor, Button, Text } from "@mantine/core";
import { IconArchive, IconCheck, IconTargetArrow } from "@tabler/icons-react";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";

import { tell, useAct, useAsk } from "@/api/ask";
import { SubscriptionsDocument } from "@/pages/subscriptions/subscriptions.generated";
import { useMay } from "@/shell/viewer";
import { Code } from "@/ui/code";
import { Confirm } from "@/ui/confirm";
import { Card, Facts, Page, Table } from "@/ui/layout";
import { Empty, Gone, Shown } from "@/ui/states";
import { Status, SubscriptionBadge } from "@/ui/status";
import { Time } from "@/ui/time";

import { Register } from "./List";
import { ArchiveTypeDocument, EventTypePageDocument, LatestOfTypeDocument } from "./types.generated";

export function EventTypeDetail() {
  const { name } = useParams({ from: "/event-types/$name" });
  const asked = useAsk(EventTypePageDocument, { name }, { keep: name });
  const latest = useAsk(LatestOfTypeDocument, { type: name }, { keep: name });
  const wanting = useAsk(SubscriptionsDocument, { filter: { eventType: name }, first: 20 }, { keep: name });
  const may = useMay("MANAGE");
  const archive = useAct(ArchiveTypeDocument);
  const [open, setOpen] = useState<"archive" | "describe" | null>(null);
  return (
    <Shown asked={asked}>
      {({ eventType }) => eventType ? (
        <Page title={name} heading={<span className="hl-mono" style={{ fontSize: "0.95em" }}>{name}</span>} about={eventType.description || "Not described yet."} back={<Anchor component={Link} to="/event-types" size="sm">Event types</Anchor>}
          actions={may ? (
            <>
              <Button variant="default" onClick={() => setOpen("describe")}>{eventType.archived ? "Restore…" : "Describe…"}</Button>
              {eventType.archived ? null : <Button variant="default" leftSection={<IconArchive size={16} />} onClick={() => setOpen("archive")}>Archive…</Button>}
              {eventType.archived ? null : <Button leftSection={<IconTargetArrow size={16} />} component={Link} to="/publish" search={{ type: name } as never}>Publish one</Button>}
            </>
          ) : null}>
          <div className="hl-grid2">
            <Card title="Facts">
              <Facts of={[
                ["State", eventType.archived ? <Status tone="idle" icon={IconArchive}>Archived: not published any more</Status> : <Status tone="good" icon={IconCheck}>Open</Status>],
                ["Registered", <Time at={eventType.registeredAt} />],
                ["Events", <Link to="/events" search={{ type: name }}>Events of this type</Link>],
              ]} />
            </Card>
            <Card title="Latest event as an example">
              <Shown asked={latest} rows={4}>{({ events }) => events.nodes[0] ? <Code text={events.nodes[0].dataText} json label="example" searchable /> : <Text size="sm" c="dimmed">None was published yet.</Text>}</Shown>
            </Card>
          </div>
          <Card title="Who wants it" pad={false}>
            <Shown asked={wanting} rows={4}>
              {({ subscriptions: { nodes } }) => nodes.length === 0 ? <Empty title="No subscription wants it" /> : (
                <Table label="Subscriptions that want this type" head={<><th>Subscription</th><th>State</th><th>By</th></>}>
                  {nodes.map((subscription) => (
                    <tr key={subscription.id}>
                      <td><Link className="hl-rowlink" to="/subscriptions/$id" params={{ id: subscription.id }}>{subscription.description || subscription.endpoint}</Link></td>
                      <td className="tight"><SubscriptionBadge state={subscription.state} failing={subscription.failingSince != null} /></td>
                      <td className="hl-mono">{subscription.eventTypes.join(", ")}</td>
                    </tr>
                  ))}
                </Table>
              )}
            </Shown>
          </Card>
          {open === "describe" ? <Register name={name} description={eventType.description} close={() => setOpen(null)} done={asked.again} /> : null}
          {open === "archive" ? (
            <Confirm title={`Archive ${name}?`} action="Archive" danger close={() => setOpen(null)} run={async () => {
              const outcome = await archive.act({ input: { name, expectedVersion: eventType.version } });
              if (!outcome.ok) return outcome.refusals;
              tell("Archived");
              asked.again();
              return [];
            }}>Events of it are refused from now on. Those that were published stay as they are, and so do subscriptions. It can be restored.</Confirm>
          ) : null}
        </Page>
      ) : <Gone what="event type" />}
    </Shown>
  );
}
