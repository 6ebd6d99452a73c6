// A type, a version and data of it, edited with the schema beside.
import { Alert, Button, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconRefresh } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";

import { useAsk } from "@/api/ask";
import { TypeNamesDocument } from "@/pages/subscriptions/subscriptions.generated";
import { Code, prettyJson } from "@/ui/code";
import { Missed } from "@/ui/states";

import { flawsOf } from "./flaws";
import { LatestOfTypeDocument, SampleOfTypeDocument } from "./types.generated";

const JsonEditor = lazy(() => import("@/ui/JsonEditor"));

export interface Draft { type: string; version: number; data: string }
export const EMPTY: Draft = { type: "", version: 1, data: "" };
/** Mistakes that are told of at once. */
const FLAWS_MAX = 8;
export const parsed = (text: string): { value: unknown } | null => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
};

export function DataEditor({ draft, change, minLines = 14 }: { draft: Draft; change: (draft: Draft) => void; minLines?: number }) {
  const names = useAsk(TypeNamesDocument, { after: null });
  const types = useMemo(() => (names.data?.eventTypes.nodes ?? []).filter((type) => !type.archived), [names.data]);
  const type = draft.type || (types.find(({ name }) => name === "benchmark.completed") ?? types[0])?.name || "";
  const versions = types.find(({ name }) => name === type)?.versions.map(({ number }) => number) ?? [];
  const [wanted, setWanted] = useState<{ type: string; version: number | null; which: number } | null>(null);
  const pick = wanted ?? { type, version: null, which: 0 };
  const sample = useAsk(SampleOfTypeDocument, { name: pick.type, number: pick.version, which: pick.which }, { pause: pick.type === "", keep: JSON.stringify(pick) });
  const latest = useAsk(LatestOfTypeDocument, { type: pick.type }, { pause: pick.type === "" || versions.length > 0 || types.length === 0, keep: pick.type });
  const at = sample.data?.eventType?.atVersion;
  // What is fetched for a choice goes into the editor once, and stays the viewer's own from there on.
  const [shown, setShown] = useState("");
  useEffect(() => {
    const key = JSON.stringify(pick);
    if (!sample.data || shown === key || (versions.length === 0 && latest.loading)) return;
    const examples = at?.examples ?? [];
    const value = examples.length > 0 ? examples[pick.which % examples.length] : at?.sample;
    const data = at && value != null ? JSON.stringify(value) : (latest.data?.events.nodes[0]?.dataText ?? '{"status":"passed"}');
    setShown(key);
    change({ type: pick.type, version: at?.number ?? 1, data: prettyJson(data) });
  }); // eslint-disable-line react-hooks/exhaustive-deps
  const document = parsed(draft.data);
  const flaws = useMemo(() => (at && document && at.number === draft.version ? flawsOf(at.bundledSchema, document.value) : []), [at, draft.data, draft.version]); // eslint-disable-line react-hooks/exhaustive-deps
  return (
    <Stack gap={12}>
      <Group gap={10} align="flex-end">
        <NativeSelect label="Type" value={draft.type || type} data={types.map(({ name }) => name)} style={{ flex: "1 1 200px" }} onChange={(event) => setWanted({ type: event.currentTarget.value, version: null, which: 0 })} />
        {versions.length > 0 ? <NativeSelect label="Version" w={110} value={String(draft.version)} data={[...versions].reverse().map(String)} onChange={(event) => setWanted({ type, version: Number(event.currentTarget.value), which: 0 })} /> : null}
        <Button variant="default" leftSection={<IconRefresh size={15} />} onClick={() => setWanted({ ...pick, version: versions.length > 0 ? draft.version : null, which: pick.which + 1 })}>Another sample</Button>
      </Group>
      <Missed asked={names} what="the event types" />
      <Missed asked={sample} what="a sample" />
      <Missed asked={latest} what="the latest event" />
      <div>
        <Text size="sm" fw={500} mb={4}>Data</Text>
        <Suspense fallback={<Code text={draft.data} label="data" />}><JsonEditor value={draft.data} change={(data) => change({ ...draft, data })} label="Data as JSON" minLines={minLines} /></Suspense>
      </div>
      <div aria-live="polite">
        {document === null ? <Text size="sm" c="var(--hl-warn)">The data is not JSON yet.</Text>
          : versions.length === 0 ? <Text size="sm" c="dimmed">The type has no schema: any JSON will do.</Text>
          : flaws.length > 0 ? (
            <Alert color="yellow" variant="light" title={`Not as version ${draft.version} has it`}>
              <ul className="hl-plain">{flaws.slice(0, FLAWS_MAX).map(({ path, message }) => <li key={`${path} ${message}`}><span className="hl-mono">{path}</span> {message}</li>)}
                {flaws.length > FLAWS_MAX ? <li>and {flaws.length - FLAWS_MAX} more</li> : null}
              </ul>
            </Alert>
          ) : at ? <Text size="sm" c="var(--hl-good)" component="div" style={{ display: "flex", gap: 6, alignItems: "center" }}><IconCircleCheck size={15} aria-hidden /> As version {draft.version} of the schema has it</Text> : null}
      </div>
    </Stack>
  );
}
