// One test of the past.
import { Alert, Anchor, Button, Group } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { Link, useParams } from "@tanstack/react-router";

import { useAsk } from "@/api/ask";
import { ActorName } from "@/ui/actor";
import { IdChip } from "@/ui/copy";
import { Card, Facts, Page } from "@/ui/layout";
import { Gone, Shown } from "@/ui/states";
import { Answer, Status } from "@/ui/status";
import { Time } from "@/ui/time";

import { TestPageDocument } from "./playground.generated";
import { Result } from "./Result";

export function TestPage() {
  const { id } = useParams({ from: "/tests/$id" });
  const asked = useAsk(TestPageDocument, { id }, { keep: id });
  return (
    <Shown asked={asked} page="Test">
      {({ test }) => test ? (
        <Page title={`Test of ${test.eventType}`} heading={<span className="hl-mono" style={{ fontSize: "0.95em" }}>{test.eventType}</span>} back={<Anchor component={Link} to="/playground" size="sm">Playground</Anchor>}
          about={<Group gap={8} mt={4}><Status tone="info" icon={IconFlask}>Test</Status><IdChip id={test.id} whole /><span><Time at={test.at} /></span></Group>}
          actions={<Button variant="default" component={Link} to="/playground" search={{ type: test.eventType, ...(test.subscriptionId ? { subscription: test.subscriptionId } : { endpoint: test.endpoint }) } as never}>Try it again</Button>}>
          <Alert color="iris" variant="light" icon={<IconFlask size={18} />}>Somebody had this sent to see what comes back. It is no delivery, it is counted nowhere, and it says nothing about the health of a subscription.</Alert>
          <Card title="What came of it" aside={<Answer status={test.attempt.response?.status} errorClass={test.attempt.failure?.class} />}><Result test={test} /></Card>
          <Card title="Facts">
            <Facts of={[
              ["Sent", <Time at={test.attempt.startedAt} absolute />],
              ["Event", <><Link to="/event-types/$name" params={{ name: test.eventType }} className="hl-mono">{test.eventType}</Link>, version {test.eventVersion}</>],
              ["Endpoint", <span className="hl-mono">{test.endpoint}</span>],
              ["Settings of", test.subscriptionId ? <Link to="/subscriptions/$id" params={{ id: test.subscriptionId }}>{test.subscription?.description || test.subscription?.endpoint || test.subscriptionId}</Link> : "a draft"],
              ["By", <ActorName actor={test.actor} />],
              ["SHA-256 of the body", <span className="hl-mono">{test.attempt.bodySha256}</span>],
            ]} />
          </Card>
        </Page>
      ) : <Gone what="test" icon={IconFlask} />}
    </Shown>
  );
}
