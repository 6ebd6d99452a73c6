// How a subscription is set up, and how it fared.
import { Button, Group, Pill, SimpleGrid, Stack, Text } from "@mantine/core";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";

import { useAsk, useWritten } from "@/api/ask";
import { DeliveriesDocument } from "@/pages/deliveries/deliveries.generated";
import { DeliveryTable } from "@/pages/deliveries/DeliveryTable";
import { SubscriptionCharts } from "@/pages/overview/Charts";
import type { RangeName } from "@/pages/overview/range";
import { Code } from "@/ui/code";
import { Card, Facts } from "@/ui/layout";
import { Empty, Shown } from "@/ui/states";
import { Answer } from "@/ui/status";
import { Time } from "@/ui/time";

import { EndpointAgreement } from "./Agreement";
import { sentence } from "./filter";
import { FORMATS } from "./formats";
import { Schedule } from "./Schedule";
import { Stat } from "./Stat";
import { useSubscription } from "./useSubscription";

export function OverviewTab() {
  const { id } = useParams({ from: "/subscriptions/$id/" });
  const subscription = useSubscription(id);
  const [range, setRange] = useState<RangeName>("day");
  const latest = useAsk(DeliveriesDocument, { filter: { subscriptionId: id }, first: 8, counted: false, minPosition: useWritten() }, { keep: id });
  if (!subscription) return null;
  const { lastAttempt, deliveredCount, failedAttemptCount, deadLetterCount, retryPolicy, limits } = subscription;
  const attempts = deliveredCount + failedAttemptCount;
  return (
    <Stack gap={16}>
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing={12}>
        <Stat label="Attempts that succeeded" value={attempts === 0 ? "none yet" : `${((100 * deliveredCount) / attempts).toFixed(attempts > 200 ? 1 : 0)} %`} note={`${deliveredCount.toLocaleString()} of ${attempts.toLocaleString()}, ever`} />
        <Stat label="Failed attempts" value={failedAttemptCount.toLocaleString()} note="ever" />
        <Stat label="Dead letters" value={deadLetterCount.toLocaleString()} note="ever" />
        <Stat label="Last attempt" value={lastAttempt ? <Answer status={lastAttempt.status} errorClass={lastAttempt.errorClass} /> : "none yet"} note={lastAttempt ? <Time at={lastAttempt.at} /> : "Publish an event to see one"} />
      </SimpleGrid>
      <SubscriptionCharts range={range} setRange={setRange} subscriptionId={id} />
      <div className="hl-grid2">
        <Card title="Which events">
          <Stack gap={12}>
            <Group gap={6}>{subscription.eventTypes.map((type) => <Pill key={type} className="hl-mono">{type}</Pill>)}</Group>
            {subscription.filter == null ? <Text size="sm" c="dimmed">All of them: there is no filter.</Text> : (
              <>
                <Text size="sm">Delivered if {sentence(subscription.filter)}.</Text>
                <Code text={JSON.stringify(subscription.filter)} json label="filter" />
              </>
            )}
          </Stack>
        </Card>
        <Card title="Settings">
          <Facts of={[
            ["Endpoint", <span className="hl-mono">{subscription.endpoint}</span>],
            ["Agreement", <EndpointAgreement subscription={subscription} />],
            ["Format", FORMATS[subscription.format].label],
            ["Headers", subscription.headerNames.length > 0 ? <span className="hl-mono">{subscription.headerNames.join(", ")} <span style={{ color: "var(--hl-muted)" }}>(values are never shown)</span></span> : "none of your own"],
            ["Attempts at once", limits.concurrency.toLocaleString()],
            ["Attempts a second", limits.ratePerSecond?.toLocaleString() ?? "no limit"],
            ["Timeout", `${limits.timeoutMs / 1000} s`],
            ["Final statuses", retryPolicy.finalStatuses.length > 0 ? retryPolicy.finalStatuses.join(", ") : "none but 410"],
            ["Labels", subscription.labels.length > 0 ? <Group gap={6}>{subscription.labels.map(({ key, value }) => <Pill key={key}>{key}: {value}</Pill>)}</Group> : null],
            ["Made", <Time at={subscription.createdAt} />],
            ["Changed", <><Time at={subscription.updatedAt} /> (version {subscription.version})</>],
          ]} />
        </Card>
        <Card title="Retry schedule"><Schedule steps={retryPolicy.schedule} jitterPercent={retryPolicy.jitterPercent} windowSeconds={retryPolicy.windowSeconds} /></Card>
        <Card title="Latest deliveries" pad={false} aside={<Button size="compact-sm" variant="default" component={Link} to="/subscriptions/$id/deliveries" params={{ id } as never}>All deliveries</Button>}>
          <Shown asked={latest}>
            {({ deliveries }) => deliveries.nodes.length > 0 ? <DeliveryTable deliveries={deliveries.nodes} label="Latest deliveries" brief ofOne /> : <Empty title="Nothing was delivered yet">The next event that matches appears here.</Empty>}
          </Shown>
        </Card>
      </div>
    </Stack>
  );
}
