// What happens now.
import { Anchor, Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconHeartbeat, IconPlus, IconRocket } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";

import { useAsk, useWritten } from "@/api/ask";
import { DeliveryTable } from "@/pages/deliveries/DeliveryTable";
import { useDeliveryFeed } from "@/pages/deliveries/useDeliveryFeed";
import { Stat } from "@/pages/subscriptions/Stat";
import { Card, Page, Table } from "@/ui/layout";
import { NewBar } from "@/ui/live";
import { Notice, Shown } from "@/ui/states";
import { Answer, Status, SubscriptionBadge } from "@/ui/status";
import { Time } from "@/ui/time";

import { LivePulse } from "./LivePulse";
import { OverviewDocument, type OverviewQuery } from "./overview.generated";

const HOUR = 3_600_000;
/** How often the figures are asked for again. */
const EVERY_MS = 10_000;

export function Overview() {
  const [since, setSince] = useState(() => new Date(Date.now() - HOUR).toISOString());
  const asked = useAsk(OverviewDocument, { since, minPosition: useWritten() }, { keep: "overview" });
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) setSince(new Date(Date.now() - HOUR).toISOString()); }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <Page title="Overview" about="What happens now.">
      <Shown asked={asked} rows={10}>{(data) => <Body data={data} again={asked.again} />}</Shown>
    </Page>
  );
}

const counted = ({ count, exact }: { count: number; exact: boolean }) => `${count.toLocaleString()}${exact ? "" : "+"}`;

function Body({ data, again }: { data: OverviewQuery; again: () => void }) {
  const empty = data.active.totalCount.count === 0 && data.held.totalCount.count === 0;
  if (empty) {
    return (
      <Card>
        <Notice icon={IconRocket} title="Nothing is set up yet" action={<Group gap={10}><Button component={Link} to="/start">Three steps to a first delivery</Button><Button variant="default" component={Link} to="/subscriptions/new" leftSection={<IconPlus size={16} />}>New subscription</Button></Group>}>
          Make a subscription, send a sample event, watch it arrive: it takes two minutes.
        </Notice>
      </Card>
    );
  }
  return <Figures data={data} again={again} />;
}

function Figures({ data, again }: { data: OverviewQuery; again: () => void }) {
  const { recent, recentDelivered, recentEvents, waiting, retrying, dead, projections } = data;
  const finished = recent.totalCount.count;
  const rate = finished > 0 && recent.totalCount.exact ? (100 * recentDelivered.totalCount.count) / finished : null;
  const failing = data.active.nodes.filter((subscription) => subscription.failingSince != null);
  const troubled = data.active.nodes.filter((subscription) => subscription.failingSince == null && subscription.lastAttempt?.succeeded === false);
  const unwell = [...failing, ...troubled, ...data.held.nodes.map((subscription) => ({ ...subscription, lastAttempt: null }))];
  const lag = Math.max(0, ...projections.map((projection) => projection.lag));
  const parked = projections.reduce((sum, projection) => sum + projection.parked, 0);
  const { rows, newCount, lagged, seen } = useDeliveryFeed(data.latest.nodes, useMemo(() => ({}), []), true);
  return (
    <Stack gap={16}>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing={12}>
        <Stat label="Events" value={counted(recentEvents.totalCount)} note={<>in the last hour</>} />
        <Stat label="Deliveries" value={counted(recent.totalCount)} note="in the last hour" />
        <Stat label="Arrived" value={rate === null ? "–" : `${rate.toFixed(rate > 99 && rate < 100 ? 2 : 1)} %`} note={`${counted(recentDelivered.totalCount)} so far`} />
        <Stat label="Backlog" value={counted({ count: waiting.totalCount.count + retrying.totalCount.count, exact: waiting.totalCount.exact && retrying.totalCount.exact })}
          note={<Link to="/deliveries" search={{ state: "WAITING,RETRYING" }}>{counted(waiting.totalCount)} waiting, {counted(retrying.totalCount)} retrying</Link>} />
        <Stat label="Dead letters" value={counted(dead.totalCount)} note={dead.totalCount.count > 0 ? <Link to="/dead-letters">Look and retry</Link> : "none"} />
        <Stat label="Subscriptions" value={counted(data.active.totalCount)} note={`active, ${data.held.totalCount.count} held, ${failing.length} failing`} />
      </SimpleGrid>
      <div className="hl-main-aside" style={{ gridTemplateColumns: undefined }}>
        <Stack gap={16}>
          <LivePulse />
          <Card title="Latest deliveries" pad={false} aside={<Button size="compact-sm" variant="default" component={Link} to="/deliveries">All deliveries</Button>}>
            <NewBar count={newCount} more={lagged} what="delivery" many="deliveries" show={() => { seen(); again(); }} />
            <DeliveryTable deliveries={rows} label="Latest deliveries" brief />
          </Card>
        </Stack>
        <Stack gap={16}>
          <Card title="Needs a look" pad={false}>
            {unwell.length === 0 ? <Notice icon={IconHeartbeat} title="All subscriptions are well" /> : (
              <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
                {unwell.slice(0, 8).map((subscription) => (
                  <li key={subscription.id} style={{ padding: "10px 16px", borderBottom: "1px solid var(--hl-line)" }}>
                    <Group justify="space-between" gap={8} wrap="nowrap" align="flex-start">
                      <Link className="hl-rowlink" style={{ fontSize: 13.5, overflowWrap: "anywhere" }} to="/subscriptions/$id" params={{ id: subscription.id }}>{subscription.description || subscription.endpoint}</Link>
                      {subscription.state === "ACTIVE" && subscription.failingSince == null ? <Answer status={subscription.lastAttempt?.status} errorClass={subscription.lastAttempt?.errorClass} /> : <SubscriptionBadge state={subscription.state} failing={subscription.failingSince != null} />}
                    </Group>
                    <Text size="xs" c="dimmed" component="div">
                      {subscription.failingSince ? <>fails since <Time at={subscription.failingSince} /></> : subscription.stateReason?.note ? `“${subscription.stateReason.note}”` : subscription.lastAttempt ? <>last attempt failed <Time at={subscription.lastAttempt.at} /></> : null}
                    </Text>
                  </li>
                ))}
                {unwell.length > 8 ? <li style={{ padding: "10px 16px" }}><Anchor component={Link} to="/subscriptions" size="sm">{unwell.length - 8} more</Anchor></li> : null}
              </ul>
            )}
          </Card>
          <Card title="Views" pad={false} aside={lag === 0 ? <Status tone="good" icon={IconCheck}>Up to date</Status> : <Status tone="warn" icon={IconAlertTriangle}>{lag.toLocaleString()} behind</Status>}>
            <Table label="How far the views have come" head={<><th>View</th><th className="num">Behind</th><th className="num">Parked</th></>}>
              {projections.map((projection) => (
                <tr key={projection.name}>
                  <td><span className="hl-mono">{projection.name}</span>{projection.building ? <Text size="xs" c="dimmed">version {projection.building.version} is being built</Text> : null}</td>
                  <td className="num">{projection.lag.toLocaleString()}</td>
                  <td className="num">{projection.parked.toLocaleString()}</td>
                </tr>
              ))}
            </Table>
            {parked > 0 ? <Text size="xs" c="dimmed" p={12}>Parked records could not be folded; the log names them.</Text> : null}
          </Card>
        </Stack>
      </div>
    </Stack>
  );
}
