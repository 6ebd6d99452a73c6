// Publishing one event by hand.
import { Alert, Anchor, Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { Link, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useClient } from "urql";

import { useAct, useAsk, type Refusal } from "@/api/ask";
import { TypeNamesDocument } from "@/pages/subscriptions/subscriptions.generated";
import { LatestOfTypeDocument } from "@/pages/types/types.generated";
import { useViewer } from "@/shell/viewer";
import { Code, prettyJson } from "@/ui/code";
import { Card, Page } from "@/ui/layout";
import { Empty, Failed, Loading } from "@/ui/states";

import { bytes } from "./bytes";
import { PublishEventsDocument } from "./events.generated";

const JsonEditor = lazy(() => import("@/ui/JsonEditor"));
export const SAMPLE = '{\n  "suite": "tokens-per-second",\n  "model": { "name": "llama-4" },\n  "status": "passed",\n  "metrics": { "tokens_per_second": 4212.7, "p99_ms": 231.4 }\n}';

const isJson = (text: string) => { try { JSON.parse(text); return true; } catch { return false; } };

export function Publish() {
  const search = useSearch({ from: "/publish" });
  const { service: { bounds } } = useViewer();
  const client = useClient();
  const types = useAsk(TypeNamesDocument, { after: null });
  const names = useMemo(() => (types.data?.eventTypes.nodes ?? []).filter((type) => !type.archived).map(({ name }) => name), [types.data]);
  const [type, setType] = useState(search.type ?? "");
  const [source, setSource] = useState("/console");
  const [data, setData] = useState(SAMPLE);
  const [metadata, setMetadata] = useState("");
  const { act, busy } = useAct(PublishEventsDocument);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const [published, setPublished] = useState<string[]>([]);
  const chosen = type || names[0] || "";
  // The latest one of the type is the best sample there is.
  useEffect(() => {
    if (!chosen) return;
    void client.query(LatestOfTypeDocument, { type: chosen }).toPromise().then((result) => {
      const latest = result.data?.events.nodes[0];
      if (latest) setData(prettyJson(latest.dataText));
    });
  }, [chosen, client]);
  const size = new TextEncoder().encode(data).length;
  const flaw = !isJson(data) ? "The data is not JSON yet." : size > bounds.eventDataBytes ? `The data has ${bytes(size)}; at most ${bytes(bounds.eventDataBytes)} are taken.` : metadata.trim() && !isJson(metadata) ? "The metadata is not JSON yet." : null;
  const publish = async () => {
    const outcome = await act({ input: { events: [{ type: chosen, version: 1, source: source || null, dataText: data, metadataText: metadata.trim() || null }] } });
    setRefusals(outcome.ok ? [] : outcome.refusals);
    const id = outcome.ok ? outcome.payload.events[0]?.id : undefined;
    if (id) setPublished((before) => [id, ...before].slice(0, 5));
  };
  if (types.error && names.length === 0) return <Page title="Publish an event"><Failed error={types.error} again={types.again} /></Page>;
  if (types.loading) return <Loading />;
  return (
    <Page title="Publish an event" about="A real event: it goes to every subscription that matches, and stays on record.">
      {names.length === 0 ? <Card><Empty title="No event type is registered" action={<Button component={Link} to="/event-types">Register one</Button>}>Only events of registered types can be published.</Empty></Card> : (
        <div className="hl-main-aside">
          <Card title="Event">
            <Stack gap={14}>
              <Group grow gap={12} align="flex-start">
                <NativeSelect label="Type" value={chosen} data={names} onChange={(event) => setType(event.currentTarget.value)} />
                <TextInput label="Source" value={source} onChange={(event) => setSource(event.currentTarget.value)} description="Where it happened" inputWrapperOrder={["label", "input", "description", "error"]} />
              </Group>
              <div>
                <Text size="sm" fw={500} mb={4}>Data</Text>
                <Suspense fallback={<Code text={data} label="data" />}><JsonEditor value={data} change={setData} label="Data as JSON" minLines={12} /></Suspense>
              </div>
              <div>
                <Text size="sm" fw={500} mb={4}>Metadata (optional)</Text>
                <Suspense fallback={null}><JsonEditor value={metadata} change={setMetadata} label="Metadata as JSON" minLines={3} /></Suspense>
              </div>
              {flaw ? <Alert color="yellow" variant="light" role="status">{flaw}</Alert> : null}
              {refusals.length > 0 ? <Alert color="red" variant="light" role="alert">{refusals.map((refusal) => refusal.message).join(" ")}</Alert> : null}
              <Group justify="flex-end"><Button onClick={() => void publish()} loading={busy} disabled={flaw !== null}>Publish</Button></Group>
            </Stack>
          </Card>
          <Stack gap={16}>
            <Card title="Published here">
              <div aria-live="polite">
                {published.length === 0 ? <Text size="sm" c="dimmed">Nothing yet. What you publish appears here, with a link to its deliveries.</Text> : (
                  <Stack gap={8}>{published.map((id) => <Group key={id} gap={8}><IconCircleCheck size={16} color="var(--hl-good)" aria-hidden /><Anchor component={Link} to="/events/$id" params={{ id } as never} size="sm" className="hl-mono">evt_…{id.slice(-10)}</Anchor></Group>)}</Stack>
                )}
              </div>
            </Card>
            <Card title="The same by curl">
              <Code wrap label="curl command" text={`curl -sS ${location.origin}/v1/events \\\n  -H 'Authorization: Bearer hk_…' \\\n  -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify({ type: chosen, source, data: "…" }).replace('"…"', "…")}'`} />
            </Card>
          </Stack>
        </div>
      )}
    </Page>
  );
}
