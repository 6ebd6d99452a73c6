// Tests of the past, newest first.
import { Text } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import { useAsk } from "@/api/ask";
import { Card, Table } from "@/ui/layout";
import { pageArguments, Pager, type Place } from "@/ui/pager";
import { Empty, Shown } from "@/ui/states";
import { Answer, Status } from "@/ui/status";
import { duration, Time } from "@/ui/time";

import { TestsDocument, type TestRowFragment } from "./playground.generated";

const ROWS = 10;

/** `sent` are those that were sent from here, which the list may not have yet. */
export function History({ place, go, sent }: { place: Place; go: (place: Place) => void; sent: readonly TestRowFragment[] }) {
  const asked = useAsk(TestsDocument, pageArguments(place, ROWS), { keep: "tests" });
  const atStart = !place.after && !place.before;
  return (
    <Card title="History of tests" pad={false} aside={<Text size="xs" c="dimmed">no deliveries, counted nowhere</Text>}>
      <Shown asked={asked} rows={4}>
        {({ tests: { nodes: listed, pageInfo } }) => {
          const nodes = atStart ? [...sent.filter(({ id }) => listed.every((test) => test.id !== id)), ...listed] : listed;
          return nodes.length === 0 ? <Empty icon={IconFlask} title="Nothing was tried yet" /> : (
          <>
            <Table label="Tests" head={<><th>Event</th><th>To</th><th>Kind</th><th>Answer</th><th className="num">In</th><th>Sent</th></>}>
              {nodes.map((test) => (
                <tr key={test.id}>
                  <td><Link className="hl-rowlink hl-mono" to="/tests/$id" params={{ id: test.id }}>{test.eventType}<span className="hl-sr"> test {test.id.slice(-8)}</span></Link> <Text size="xs" c="dimmed" component="span">v{test.eventVersion}</Text></td>
                  <td style={{ maxWidth: 300 }}><span className="hl-truncate" title={test.endpoint}>{test.subscription?.description || test.endpoint}</span></td>
                  <td className="tight"><Status tone="info" icon={IconFlask}>{test.subscriptionId ? "Test" : "Test of a draft"}</Status></td>
                  <td className="tight"><Answer status={test.attempt.response?.status} errorClass={test.attempt.failure?.class} /></td>
                  <td className="num">{duration(test.attempt.phases.totalMs)}</td>
                  <td className="tight"><Text size="sm" c="dimmed" component="span"><Time at={test.at} /></Text></td>
                </tr>
              ))}
            </Table>
            <Pager info={pageInfo} place={place} shown={nodes.length} go={go} />
          </>
          );
        }}
      </Shown>
    </Card>
  );
}
