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
import { duration, Time, useNow } from "@/ui/time";

import { Charts } from "./Charts";
import { LivePulse } from "./LivePulse";
import { OverviewDocument, type OverviewQuery } from "./overview.generated";
import { isRange, RANGES, spanOf, type RangeName } from "./range";

/** How often the figures are asked for again. */
const EVERY_MS = 10_000;

export function Overview() {
  const search = useSearch({ from: "/" });
  const range = isRange(search.range) ? search.range : "hour";
  const span = spanOf(RANGES[range], useNow(EVERY_MS));
  const asked = useAsk(OverviewDocument, { ...span, interval: RANGES[range].interval, minPosition: useWritten() }, { keep: "overview" });
  const { again } = asked;
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) again(); }, EVERY_MS);
    return () => clearInterval(timer);
  }, [again]);
  return (
    <Page title="Overview" about="What happens now.">
      <Shown asked={asked} rows={10}>{(data) => <Body data={data} again={again} range={range} from={span.from} />}</Shown>
    </Page>
  );
}

const REASONS = { FAILING: "nearly all attempts fail", DISABLED_BY_FAILURES: "disabled, because attempts kept failing", ENDPOINT_GONE: "disabled, because the endpoint answered 410", LAST_ATTEMPT_FAILED: "the last attempt failed" } as const;
const percent = (part: number) => `${(100 * part).toFixed(part > 0.99 && part < 1 ? 2 : 1)} %`;
const rate = (count: number) => (count >= 10 ? Math.round(count).toLocaleString() : count.toFixed(count > 0 && count < 0.1 ? 2 : 1));
const counted = ({ count, exact }: { count: number; exact: boolean }) => `${count.toLocaleString()}${exact ? "" : "+"}`;

interface Props { data: OverviewQuery; again: () => void; range: RangeName; from: string }

function Body(props: Props) {
  const { data } = props;
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
  return <Figures {...props} />;
}

function Figures({ data, again, range, from }: Props) {
  const navigate = useNavigate({ from: "/" });
  const { overview } = data;
  const { waiting, retrying, dueRetries, deadLetters, projections } = overview;
  // One answer for tiles and charts, so that their figures agree.
  const { total } = data.analytics;
  const span = `last ${RANGES[range].label.toLowerCase()}`;
  const perMinute = (count: number) => rate(count / (RANGES[range].ms / 60_000));
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
        <Stat label="Events" value={total.published.toLocaleString()} note={`${perMinute(total.published)} a minute, ${span}`} />
        <Stat label="Deliveries" value={total.delivered.toLocaleString()} note={`${perMinute(total.delivered)} a minute, ${span}`} />
        <Stat label="Attempts that succeeded" value={total.successRate == null ? "–" : percent(total.successRate)} note={`of ${total.attempts.toLocaleString()}, ${span}`} />
        <Stat label="Latency" value={total.latency ? duration(total.latency.p50Ms) : "–"} note={total.latency ? `p95 ${duration(total.latency.p95Ms)}, p99 ${duration(total.latency.p99Ms)}` : "no attempts"} />
        <Stat label="Backlog" value={counted({ count: waiting.count + retrying.count, exact: waiting.exact && retrying.exact })}
          note={<Link to="/deliveries" search={{ state: "WAITING,RETRYING" }}>{counted(waiting)} waiting, {counted(retrying)} retrying{dueRetries.count > 0 ? ` (${counted(dueRetries)} due)` : ""}</Link>} />
        <Stat label="Dead letters" value={counted(deadLetters)} note={deadLetters.count > 0 ? <Link to="/dead-letters">Look and retry</Link> : "none"} />
      </SimpleGrid>
      <div className="hl-main-aside" style={{ gridTemplateColumns: undefined }}>
        <Stack gap={16}>
          <Charts range={range} setRange={(next) => void navigate({ search: { range: next }, replace: true })} asked={{ data: data.analytics, error: undefined, loading: false, stale: false, again }} from={from} />
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
