// What an event says: as it was published, or at another version of its type, with the steps on the way.
import { Alert, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconArrowRight } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";

import { useAsk } from "@/api/ask";
import { pathOf, stepWords } from "@/pages/types/mapping";
import { Code } from "@/ui/code";
import { Card } from "@/ui/layout";
import { Missed, Shown } from "@/ui/states";
import { Status } from "@/ui/status";

import { EventAtDocument, VersionsOfTypeDocument, type EventAtQuery, type EventPageQuery } from "./events.generated";

type Event = NonNullable<EventPageQuery["event"]>;
type At = NonNullable<EventAtQuery["event"]>["as"];
export const LATEST = "latest";

export function DataCard({ event }: { event: Event }) {
  const { at } = useSearch({ from: "/events/$id" });
  const navigate = useNavigate({ from: "/events/$id" });
  const type = useAsk(VersionsOfTypeDocument, { name: event.type }, { keep: event.type });
  const numbers = (type.data?.eventType?.versions ?? []).map(({ number }) => number).reverse();
  const choices = [
    { value: "", label: `As published (version ${event.version})` },
    { value: LATEST, label: "At the latest version" },
    ...numbers.filter((number) => number !== event.version).map((number) => ({ value: String(number), label: `At version ${number}` })),
  ];
  return (
    <Card title="Data" aside={numbers.length > 0 ? <NativeSelect size="xs" aria-label="At which version" value={choices.some(({ value }) => value === at) ? at : ""} data={choices} onChange={(change) => void navigate({ search: { at: change.currentTarget.value || undefined }, replace: true })} /> : null}>
      <Missed asked={type} what="the other versions" />
      {at ? <AtVersion event={event} at={at} /> : (
        <Stack gap={10}>
          {event.warnings.length > 0 ? (
            <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={18} />} title="It was accepted although its schema does not allow it">
              <ul className="hl-plain">{event.warnings.map((warning, index) => <li key={index}><span className="hl-mono">{warning.path || "the whole"}</span> {warning.message}</li>)}</ul>
            </Alert>
          ) : null}
          <Code text={event.dataText} json label="data" searchable />
        </Stack>
      )}
    </Card>
  );
}

function AtVersion({ event, at }: { event: Event; at: string }) {
  const asked = useAsk(EventAtDocument, { id: event.id, version: at === LATEST ? null : Number(at) || null }, { keep: `${event.id}@${at}` });
  return <Shown asked={asked} rows={5}>{(data) => data.event ? <Cast at={data.event.as} type={event.type} /> : null}</Shown>;
}

function Cast({ at, type }: { at: At; type: string }) {
  const { problem, steps, version, storedVersion, dataText } = at;
  return (
    <Stack gap={12}>
      <Text size="sm" c="dimmed">{steps.length === 0 && !problem ? `This is how it was published: version ${storedVersion} is the latest that the mappings lead to.` : <>Published at version {storedVersion}, shown at version <Link to="/event-types/$name" params={{ name: type }} search={{ version: String(version) }}>{version}</Link>. Nothing is changed by looking.</>}</Text>
      {problem ? (
        <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} title={`It cannot be shown at version ${version}`}>
          From version {problem.from} to {problem.to}{problem.op ? `, at step ${problem.step + 1} (${problem.op})` : ""}{problem.path ? <> at <span className="hl-mono">{pathOf(problem.path)}</span></> : null}: {problem.message}
        </Alert>
      ) : null}
      {dataText ? <Code text={dataText} json label="data" searchable /> : null}
      {steps.map((leg) => (
        <div key={leg.from}>
          <Group gap={6}><Text size="sm" fw={560}>Version {leg.from}</Text><IconArrowRight size={14} aria-label="to" /><Text size="sm" fw={560}>{leg.to}</Text>{leg.lossless ? <Status tone="good">loses nothing</Status> : null}</Group>
          {leg.loses.length > 0 ? <Text size="sm" c="var(--hl-warn)" mt={4}>Loses {leg.loses.join("; ")}</Text> : null}
          <ol className="hl-steps">{leg.steps.map(({ step, changed }, index) => <li key={index} style={changed ? undefined : { color: "var(--hl-muted)" }}>{stepWords(step)}{changed ? "" : " (nothing to do here)"}</li>)}</ol>
        </div>
      ))}
    </Stack>
  );
}
