// The second step: an example of the catalogue as an event. The button comes first, so that it is in sight whatever the sample's length.
import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { noteWritten, useAct, useAsk, type Refusal } from "@/api/ask";
import { PublishEventsDocument } from "@/pages/events/events.generated";
import { SampleOfTypeDocument } from "@/pages/types/types.generated";
import { Code } from "@/ui/code";
import { Shown } from "@/ui/states";

const TYPE = "benchmark.completed";

export function SendSample({ sent, again }: { sent: (id: string) => void; again: boolean }) {
  const { act, busy } = useAct(PublishEventsDocument);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const asked = useAsk(SampleOfTypeDocument, { name: TYPE, number: null, which: 0 }, { keep: TYPE });
  const newest = asked.data?.eventType?.atVersion;
  const sample = JSON.stringify(newest?.examples[0] ?? newest?.sample ?? {});
  const run = async () => {
    const outcome = await act({ input: { events: [{ type: TYPE, version: newest?.number ?? 1, source: "/console/start", dataText: sample }] } });
    if (!outcome.ok) return setRefusals(outcome.refusals);
    noteWritten(outcome.payload.position);
    const id = outcome.payload.events[0]?.id;
    if (id) sent(id);
  };
  const code = <Code text={sample} json label="sample event" />;
  return (
    <Stack gap={12}>
      <Text size="sm" c="dimmed">An example of <Link to="/event-types/$name" params={{ name: TYPE }} className="hl-mono">{TYPE}</Link>, as the catalogue has it.</Text>
      <Group><Button leftSection={<IconPlayerPlay size={16} />} onClick={() => void run()} loading={busy} disabled={!asked.data} variant={again ? "default" : "filled"}>{again ? "Send another" : "Send the event"}</Button></Group>
      {refusals.map(({ message }) => <Text key={message} size="sm" c="var(--hl-bad)" role="alert">{message}</Text>)}
      <Shown asked={asked} rows={4}>{() => again ? <details style={{ fontSize: 13.5 }}><summary style={{ color: "var(--hl-muted)", marginBottom: 8 }}>What it says</summary>{code}</details> : code}</Shown>
    </Stack>
  );
}
