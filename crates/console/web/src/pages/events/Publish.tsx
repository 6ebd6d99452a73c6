// Publishing one event by hand.
import { Alert, Anchor, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { Link, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";

import { useAct, type Refusal } from "@/api/ask";
import { DataEditor, EMPTY, parsed } from "@/pages/types/DataEditor";
import { Needs } from "@/shell/Needs";
import { useViewer } from "@/shell/viewer";
import { Code } from "@/ui/code";
import { Card, Page } from "@/ui/layout";

import { bytes } from "./bytes";
import { publishCurl } from "./curl";
import { PublishEventsDocument } from "./events.generated";

const JsonEditor = lazy(() => import("@/ui/JsonEditor"));

export function Publish() {
  const search = useSearch({ from: "/publish" });
  const { service: { bounds } } = useViewer();
  const [draft, setDraft] = useState({ ...EMPTY, type: search.type ?? "" });
  const [source, setSource] = useState("/console");
  const [metadata, setMetadata] = useState("");
  const { act, busy } = useAct(PublishEventsDocument);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const [published, setPublished] = useState<{ id: string; warned: boolean }[]>([]);
  const list = useRef<HTMLDivElement>(null);
  // Below the button, and so perhaps below the screen.
  useEffect(() => { if (published.length > 0) list.current?.scrollIntoView({ block: "nearest" }); }, [published]);
  const size = new TextEncoder().encode(draft.data).length;
  const flaw = size > bounds.eventDataBytes ? `The data has ${bytes(size)}; at most ${bytes(bounds.eventDataBytes)} are taken.` : metadata.trim() && !parsed(metadata) ? "The metadata is not JSON yet." : null;
  const publish = async () => {
    const { type, version, data } = draft;
    const outcome = await act({ input: { events: [{ type, version, source: source || null, dataText: data, metadataText: metadata.trim() || null }] } });
    setRefusals(outcome.ok ? [] : outcome.refusals);
    const event = outcome.ok ? outcome.payload.events[0] : undefined;
    if (event) setPublished((before) => [{ id: event.id, warned: event.warnings.length > 0 }, ...before].slice(0, 5));
  };
  return (
    <Page title="Publish an event" about={<>A real event: it goes to every subscription that matches, and stays on record. To see what would happen first, use the <Link to="/playground" search={draft.type ? { type: draft.type } : {}}>playground</Link>.</>}>
      <Needs scope="PUBLISH" to="publish events">
        <div className="hl-main-aside">
          <Stack gap={16}>
            <Card title="Event">
              <Stack gap={14}>
                <DataEditor draft={draft} change={setDraft} />
                <TextInput label="Source" value={source} onChange={(event) => setSource(event.currentTarget.value)} description="Where it happened" inputWrapperOrder={["label", "input", "description", "error"]} maw={360} />
                <div>
                  <Text size="sm" fw={500} mb={4}>Metadata (optional)</Text>
                  <Suspense fallback={null}><JsonEditor value={metadata} change={setMetadata} label="Metadata as JSON" minLines={3} /></Suspense>
                </div>
                {flaw ? <Alert color="yellow" variant="light" role="status">{flaw}</Alert> : null}
                {refusals.length > 0 ? <Alert color="red" variant="light" role="alert">{refusals.map(({ message, pointer }, index) => <div key={index}>{message}{pointer ? ` (at ${pointer})` : ""}</div>)}</Alert> : null}
                <Group justify="flex-end"><Button onClick={() => void publish()} loading={busy} disabled={flaw !== null || !draft.type || !parsed(draft.data)}>Publish</Button></Group>
              </Stack>
            </Card>
            <div ref={list}>
              <Card title="Published here">
                <div role="status">
                  {published.length === 0 ? <Text size="sm" c="dimmed">Nothing yet. What you publish appears here, with a link to its deliveries.</Text> : (
                    <Stack gap={8}>{published.map(({ id, warned }) => <Group key={id} gap={8}><IconCircleCheck size={16} color="var(--hl-good)" aria-hidden /><Anchor component={Link} to="/events/$id" params={{ id } as never} size="sm" className="hl-mono">evt_…{id.slice(-10)}</Anchor>{warned ? <Text size="xs" c="var(--hl-warn)">with warnings</Text> : null}</Group>)}</Stack>
                  )}
                </div>
              </Card>
            </div>
          </Stack>
          <Card title="The same by curl">
            {parsed(draft.data) ? <Code wrap label="curl command" text={publishCurl(location.origin, { ...draft, source, metadata })} /> : <Text size="sm" c="dimmed">Shown when the data is JSON.</Text>}
          </Card>
        </div>
      </Needs>
    </Page>
  );
}
