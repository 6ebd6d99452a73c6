// Changing an event type: another version, that it should not be used any more, how its data is validated.
import { Alert, Button, Group, Modal, NativeSelect, Radio, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { lazy, Suspense, useState } from "react";

import { tell, useAct, type Refusal } from "@/api/ask";
import type { ValidationMode } from "@/api/schema.generated";
import { BusyButton } from "@/ui/button";
import { prettyJson } from "@/ui/code";
import { Loading } from "@/ui/states";

import { AddTypeVersionDocument, DeprecateTypeDocument, SetTypeValidationDocument, type TypeRowFragment } from "./types.generated";

const JsonEditor = lazy(() => import("@/ui/JsonEditor"));
export const VALIDATION: Record<ValidationMode, string> = {
  OFF: "Off: data is not looked at", WARN: "Warn: what is wrong is told, and accepted", ENFORCE: "Enforce: what is wrong is refused",
};
interface Props { type: TypeRowFragment; close: () => void; done: () => void }

function Refusals({ refusals }: { refusals: readonly Refusal[] }) {
  if (refusals.length === 0) return null;
  return <Alert color="red" variant="light" role="alert">{refusals.map(({ message, pointer }, index) => <div key={index}>{message}{pointer ? ` (at ${pointer})` : ""}</div>)}</Alert>;
}

const FIRST = '{"type":"object","properties":{"id":{"type":"string"}},"required":["id"],"additionalProperties":false,"examples":[{"id":"1"}]}';
const MAPPING = '{"compatibility":"full","up":{"lossless":true,"steps":[]},"down":{"lossless":true,"steps":[]}}';

export function AddVersion({ type, close, done }: Props) {
  const { act, busy } = useAct(AddTypeVersionDocument);
  const number = (type.versions.at(-1)?.number ?? 0) + 1;
  const [schema, setSchema] = useState(() => prettyJson(FIRST));
  const [mapping, setMapping] = useState(() => prettyJson(MAPPING));
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const add = async () => {
    const outcome = await act({ input: { name: type.name, number, schemaText: schema, mappingText: number > 1 ? mapping : null, expectedVersion: type.version } });
    if (!outcome.ok) return setRefusals(outcome.refusals);
    tell(`Version ${number} is registered`);
    done();
    close();
  };
  return (
    <Modal opened onClose={close} title={`Version ${number} of ${type.name}`} size="lg">
      <Stack gap={12}>
        <Text size="sm">A version never changes once it is registered. The server compiles it and holds it against the version before.</Text>
        <Suspense fallback={<Loading rows={4} />}>
          <div><Text size="sm" fw={500} mb={4}>JSON Schema</Text><JsonEditor value={schema} change={setSchema} label="JSON Schema" minLines={12} /></div>
          {number > 1 ? <div><Text size="sm" fw={500} mb={4}>Mapping from and to version {number - 1}</Text><JsonEditor value={mapping} change={setMapping} label="Mapping" minLines={8} /></div> : null}
        </Suspense>
        <Refusals refusals={refusals} />
        <Group justify="flex-end"><Button variant="default" onClick={close}>Cancel</Button><BusyButton busy={busy} onClick={() => void add()}>Register version {number}</BusyButton></Group>
      </Stack>
    </Modal>
  );
}

export function Deprecate({ type, close, done }: Props) {
  const { act, busy } = useAct(DeprecateTypeDocument);
  const [number, setNumber] = useState("");
  const [until, setUntil] = useState(() => new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10));
  const [note, setNote] = useState("");
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const run = async () => {
    const outcome = await act({ input: { name: type.name, number: number ? Number(number) : null, sunset: new Date(until).toISOString(), note: note || null, expectedVersion: type.version } });
    if (!outcome.ok) return setRefusals(outcome.refusals);
    tell("Publishers are told from now on");
    done();
    close();
  };
  return (
    <Modal opened onClose={close} title={`Deprecate ${type.name}`}>
      <Stack gap={12}>
        <Text size="sm">Events are still accepted and delivered. Whoever publishes one is told that it should not be used any more.</Text>
        <NativeSelect label="What" value={number} onChange={(event) => setNumber(event.currentTarget.value)} data={[{ value: "", label: "The whole type" }, ...type.versions.map((version) => ({ value: String(version.number), label: `Version ${version.number}` }))]} />
        <TextInput type="date" label="Meant to be used until" value={until} onChange={(event) => setUntil(event.currentTarget.value)} />
        <Textarea label="Why, and what to use instead" autosize minRows={2} maxLength={1024} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Refusals refusals={refusals} />
        <Group justify="flex-end"><Button variant="default" onClick={close}>Cancel</Button><BusyButton busy={busy} disabled={until === ""} onClick={() => void run()}>Deprecate</BusyButton></Group>
      </Stack>
    </Modal>
  );
}

export function Validation({ type, close, done }: Props) {
  const { act, busy } = useAct(SetTypeValidationDocument);
  const [mode, setMode] = useState<ValidationMode>(type.validation);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const run = async () => {
    const outcome = await act({ input: { name: type.name, validation: mode, expectedVersion: type.version } });
    if (!outcome.ok) return setRefusals(outcome.refusals);
    tell("Saved");
    done();
    close();
  };
  return (
    <Modal opened onClose={close} title="Validation of what is published">
      <Stack gap={14}>
        <Radio.Group value={mode} onChange={(value) => setMode(value as ValidationMode)} aria-label="Validation">
          <Stack gap={10}>{(Object.keys(VALIDATION) as ValidationMode[]).map((one) => <Radio key={one} value={one} label={VALIDATION[one]} />)}</Stack>
        </Radio.Group>
        <Refusals refusals={refusals} />
        <Group justify="flex-end"><Button variant="default" onClick={close}>Cancel</Button><BusyButton busy={busy} onClick={() => void run()}>Save</BusyButton></Group>
      </Stack>
    </Modal>
  );
}
