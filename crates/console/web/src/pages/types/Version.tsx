// One version of an event type: its schema as a table, examples, and what changed.
import { Alert, Button, Group, NativeSelect, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconArrowDown, IconArrowUp, IconMinus, IconPencil, IconPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";

import { useAsk } from "@/api/ask";
import type { Compatibility } from "@/api/schema.generated";
import { Code } from "@/ui/code";
import { Card, Facts, Table } from "@/ui/layout";
import { prose } from "@/ui/prose";
import { Empty, Shown } from "@/ui/states";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

import { stepWords } from "./mapping";
import { changesBetween, rowsOf, type Change, type Row } from "./schema";
import { EventTypeVersionDocument, type DirectionFragment, type EventTypeVersionQuery } from "./types.generated";

type Type = NonNullable<EventTypeVersionQuery["eventType"]>;
type Version = NonNullable<Type["atVersion"]>;

export function VersionParts({ name, number }: { name: string; number: number }) {
  const asked = useAsk(EventTypeVersionDocument, { name, number, before: Math.max(1, number - 1) }, { keep: `${name}@${number}` });
  return (
    <Shown asked={asked} rows={8}>
      {({ eventType }) => eventType?.atVersion ? <Parts version={eventType.atVersion} before={number > 1 ? (eventType.earlier ?? null) : null} /> : <Card><Empty title={`There is no version ${number}`} /></Card>}
    </Shown>
  );
}

function Parts({ version, before }: { version: Version; before: Type["earlier"] }) {
  const { deprecation } = version;
  return (
    <>
      {deprecation ? (
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={18} />} title={deprecation.version == null ? "This type should not be used any more" : `Version ${deprecation.version} should not be used any more`}>
          It is meant to be used until <Time at={deprecation.sunset} absolute />. {deprecation.note}
        </Alert>
      ) : null}
      <SchemaCard version={version} />
      <div className="hl-grid2">
        <Examples version={version} />
        {before ? <Changes version={version} before={before} /> : null}
      </div>
    </>
  );
}

function SchemaCard({ version }: { version: Version }) {
  const [form, setForm] = useState("table");
  const rows = useMemo(() => rowsOf(version.bundledSchema ?? version.schema), [version]);
  return (
    <Card title={`Data of version ${version.number}`} pad={form !== "table"}
      aside={<SegmentedControl size="xs" aria-label="How the schema is shown" value={form} onChange={setForm} data={[{ value: "table", label: "Table" }, { value: "json", label: "JSON Schema" }]} />}>
      {form === "json" ? (
        <Stack gap={10}>
          <Facts of={[["Name", <span className="hl-mono">{version.schemaName}</span>], ["Registered", <Time at={version.registeredAt} />]]} />
          <Code text={JSON.stringify(version.schema)} json label="JSON Schema" searchable />
        </Stack>
      ) : rows.length === 0 ? <Empty title="The schema names no fields">Any JSON that it allows may be published.</Empty> : <SchemaTable rows={rows} />}
    </Card>
  );
}

export function SchemaTable({ rows }: { rows: readonly Row[] }) {
  return (
    <Table label="Fields of the data" head={<><th>Field</th><th>Kind</th><th>Needed</th><th>What it says</th></>}>
      {rows.map((row, index) => (
        <tr key={`${index} ${row.path}`}>
          <td style={{ paddingLeft: 16 + row.depth * 18 }}><span className="hl-mono" title={row.path} style={{ fontWeight: row.depth === 0 ? 560 : undefined }}>{row.name}</span></td>
          <td>{row.kind}</td>
          <td className="tight">{row.required ? <b>required</b> : <span style={{ color: "var(--hl-muted)" }}>optional</span>}</td>
          <td style={{ minWidth: 220 }}>
            {prose(row.about)}
            {row.rules.length > 0 ? <Text size="xs" c="dimmed" component="div" style={{ overflowWrap: "anywhere" }}>{row.rules.join(" · ")}</Text> : null}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Examples({ version }: { version: Version }) {
  const [which, setWhich] = useState(0);
  const given = version.examples;
  const example = given[which] ?? version.sample;
  return (
    <Card title={given.length > 0 ? "Examples" : "Sample"} aside={given.length > 1 ? <NativeSelect size="xs" aria-label="Which example" value={which} onChange={(event) => setWhich(Number(event.currentTarget.value))} data={given.map((_, index) => ({ value: String(index), label: `Example ${index + 1}` }))} /> : null}>
      {example === null || example === undefined ? <Text size="sm" c="dimmed">There is none.</Text> : <Code text={JSON.stringify(example)} json label="example" searchable />}
      {given.length === 0 ? <Text size="xs" c="dimmed" mt={6}>Made from the schema, which has no examples.</Text> : null}
    </Card>
  );
}

const PROMISES: Record<Compatibility, string> = {
  BACKWARD: "Data of the version before can be read at this one.",
  FORWARD: "Data of this version can be read at the one before.",
  FULL: "Data of either version can be read at the other.",
  NONE: "The two versions have nothing to do with each other.",
};
const MARKS = { added: { tone: "good", icon: IconPlus, word: "Added" }, removed: { tone: "bad", icon: IconMinus, word: "Removed" }, changed: { tone: "warn", icon: IconPencil, word: "Changed" } } as const;

function Changes({ version, before }: { version: Version; before: NonNullable<Type["earlier"]> }) {
  const changes = useMemo(() => changesBetween(before.bundledSchema ?? before.schema, version.bundledSchema ?? version.schema), [before, version]);
  return (
    <Card title={`What changed since version ${before.number}`}>
      <Stack gap={14}>
        {version.compatibility ? <Text size="sm">{PROMISES[version.compatibility]}</Text> : null}
        <ChangeList changes={changes} />
        {version.up ? <Direction icon={IconArrowUp} title={`From ${before.number} to ${version.number}`} direction={version.up} /> : null}
        {version.down ? <Direction icon={IconArrowDown} title={`From ${version.number} back to ${before.number}`} direction={version.down} /> : null}
      </Stack>
    </Card>
  );
}

function ChangeList({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <Text size="sm" c="dimmed">No field is other than before.</Text>;
  return (
    <ul className="hl-plain">
      {changes.map(({ path, what, detail }) => {
        const { tone, icon, word } = MARKS[what];
        return <li key={`${what} ${path}`}><Status tone={tone} icon={icon}>{word}</Status> <span className="hl-mono">{path}</span> <span style={{ color: "var(--hl-muted)", overflowWrap: "anywhere" }}>{detail}</span></li>;
      })}
    </ul>
  );
}

function Direction({ title, icon: Shape, direction }: { title: string; icon: typeof IconArrowUp; direction: DirectionFragment }) {
  const [all, setAll] = useState(false);
  const { steps, loses, lossless } = direction;
  const shown = all ? steps : steps.slice(0, 6);
  return (
    <div>
      <Group gap={6}><Shape size={15} aria-hidden /><Text size="sm" fw={560}>{title}</Text>{lossless ? <Status tone="good">loses nothing</Status> : null}</Group>
      {loses.length > 0 ? <Text size="sm" c="var(--hl-warn)" mt={4}>Loses {loses.join("; ")}</Text> : null}
      {steps.length === 0 ? <Text size="sm" c="dimmed" mt={4}>Data passes as it is.</Text> : <ol className="hl-steps">{shown.map((step, index) => <li key={index}>{stepWords(step)}</li>)}</ol>}
      {steps.length > shown.length ? <Button size="compact-xs" variant="subtle" onClick={() => setAll(true)}>All {steps.length} steps</Button> : null}
    </div>
  );
}
