// What happens now.
import { Anchor, Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconHeartbeat, IconPlus, IconRocket } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";

import { useAsk, useWritten } from "@/api/ask";
import { DeliveryTable } from "@/pages/deliveries/DeliveryTable";
import { useDeliveryFeed } from "@/pages/deliveries/useDeliveryFeed";
import { Stat } from "@/pages/subscriptions/Stat";
import { Card, Page, Table } from "@/ui/layout";
import { NewBar } from "@/ui/live";
import { Notice, Shown } from "@/ui/states";
import { Answer, Status, SubscriptionBadge } from "@/ui/status";
import { duration, Time } from "@/ui/time";

import { Charts } from "./Charts";
import { LivePulse } from "./LivePulse";
import { OverviewDocument, type OverviewQuery } from "./overview.generated";
import { isRange } from "./range";

/** How often the figures are asked for again. */
const EVERY_MS = 10_000;

export function Overview() {
  const asked = useAsk(OverviewDocument, { minPosition: useWritten() }, { keep: "overview" });
  const { again } = asked;
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) again(); }, EVERY_MS);
    return () => clearInterval(timer);
  }, [again]);
  return (
    <Page title="Overview" about="What happens now.">
      <Shown asked={asked} rows={10}>{(data) => <Body data={data} again={again} />}</Shown>
    </Page>
  );
}

const REASONS = { FAILING: "nearly all attempts fail", DISABLED_BY_FAILURES: "disabled, because attempts kept failing", ENDPOINT_GONE: "disabled, because the endpoint answered 410", LAST_ATTEMPT_FAILED: "the last attempt failed" } as const;
const percent = (part: number) => `${(100 * part).toFixed(part > 0.99 && part < 1 ? 2 : 1)} %`;
const perMinute = (count: number) => (count / 60 >= 10 ? Math.round(count / 60).toLocaleString() : (count / 60).toFixed(1));
const counted = ({ count, exact }: { count: number; exact: boolean }) => `${count.toLocaleString()}${exact ? "" : "+"}`;

function Body({ data, again }: { data: OverviewQuery; again: () => void }) {
  const { active, paused, disabled } = data.overview.subscriptions;
  const empty = active + paused + disabled === 0;
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
  const search = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  const { overview } = data;
  const { lastHour, waiting, retrying, dueRetries, deadLetters, projections } = overview;
  const ill = new Set(overview.unhealthy.map(({ subscription }) => subscription.id));
  const unwell = [
    ...overview.unhealthy.map(({ subscription, reason, since }) => ({ subscription, why: REASONS[reason], since: since ?? null, last: subscription.lastAttempt ?? null })),
    ...data.held.nodes.filter(({ id }) => !ill.has(id)).map((subscription) => ({ subscription, why: subscription.stateReason?.note ? `“${subscription.stateReason.note}”` : "paused", since: null, last: null })),
  ];
  const lag = Math.max(0, ...projections.map((projection) => projection.lag));
  const parked = projections.reduce((sum, projection) => sum + projection.parked, 0);
  const { rows, newCount, lagged, seen } = useDeliveryFeed(data.latest.nodes, useMemo(() => ({}), []), true);
  return (
    <Stack gap={16}>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing={12}>
        <Stat label="Events" value={lastHour.published.toLocaleString()} note={`${perMinute(lastHour.published)} a minute, last hour`} />
        <Stat label="Deliveries" value={lastHour.delivered.toLocaleString()} note={`${perMinute(lastHour.delivered)} a minute, last hour`} />
        <Stat label="Attempts that succeeded" value={lastHour.successRate == null ? "–" : percent(lastHour.successRate)} note={`of ${lastHour.attempts.toLocaleString()}, last hour`} />
        <Stat label="Latency" value={lastHour.latency ? duration(lastHour.latency.p50Ms) : "–"} note={lastHour.latency ? `p95 ${duration(lastHour.latency.p95Ms)}, p99 ${duration(lastHour.latency.p99Ms)}` : "no attempts"} />
        <Stat label="Backlog" value={counted({ count: waiting.count + retrying.count, exact: waiting.exact && retrying.exact })}
          note={<Link to="/deliveries" search={{ state: "WAITING,RETRYING" }}>{counted(waiting)} waiting, {counted(retrying)} retrying{dueRetries.count > 0 ? ` (${counted(dueRetries)} due)` : ""}</Link>} />
        <Stat label="Dead letters" value={counted(deadLetters)} note={deadLetters.count > 0 ? <Link to="/dead-letters">Look and retry</Link> : "none"} />
      </SimpleGrid>
      <div className="hl-main-aside" style={{ gridTemplateColumns: undefined }}>
        <Stack gap={16}>
          <Charts range={isRange(search.range) ? search.range : "hour"} setRange={(range) => void navigate({ search: { range }, replace: true })} />
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
                {unwell.slice(0, 8).map(({ subscription, why, since, last }) => (
                  <li key={subscription.id} style={{ padding: "10px 16px", borderBottom: "1px solid var(--hl-line)" }}>
                    <Group justify="space-between" gap={8} wrap="nowrap" align="flex-start">
                      <Link className="hl-rowlink" style={{ fontSize: 13.5, overflowWrap: "anywhere" }} to="/subscriptions/$id" params={{ id: subscription.id }}>{subscription.description || subscription.endpoint}</Link>
                      {subscription.state === "ACTIVE" && subscription.failingSince == null ? <Answer status={last?.status} errorClass={last?.errorClass} /> : <SubscriptionBadge state={subscription.state} failing={subscription.failingSince != null} />}
                    </Group>
                    <Text size="xs" c="dimmed" component="div">{why}{since ? <>, since <Time at={since} /></> : null}</Text>
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
