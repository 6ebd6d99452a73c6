// Trying an event on a subscription, or on a draft of one: without sending, or for real.
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconFlask, IconSend } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { useAct, type Refusal } from "@/api/ask";
import type { TestInput } from "@/api/schema.generated";
import { DataEditor, EMPTY, parsed } from "@/pages/types/DataEditor";
import { check } from "@/pages/subscriptions/filter";
import { useMay } from "@/shell/viewer";
import { Card, Page } from "@/ui/layout";
import { Answer } from "@/ui/status";

import { History } from "./History";
import { SendTestDocument, type TestResultFragment } from "./playground.generated";
import { PreviewCard } from "./PreviewCard";
import { Result } from "./Result";
import { inputOf, NO_TARGET, TargetPicker, type Target } from "./Target";

export function Playground() {
  const search = useSearch({ from: "/playground" });
  const navigate = useNavigate({ from: "/playground" });
  const may = useMay("MANAGE");
  const [event, setEvent] = useState({ ...EMPTY, type: search.type ?? "" });
  const [target, setTarget] = useState<Target>(() => ({ ...NO_TARGET, id: search.subscription ?? "", endpoint: search.endpoint ?? "", kind: search.endpoint && !search.subscription ? "draft" : "subscription" }));
  const { act, busy } = useAct(SendTestDocument);
  const [sent, setSent] = useState<readonly TestResultFragment[]>([]);
  const test = sent[0];
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const input = useMemo<TestInput | null>(() => {
    const whom = inputOf(target, event.type);
    if (!whom || !event.type || !parsed(event.data)) return null;
    return { event: { type: event.type, version: event.version, source: "/console/playground", dataText: event.data }, target: whom };
  }, [event, target]);
  const [settled] = useDebouncedValue(input, 350);
  const send = async () => {
    if (!input) return;
    setRefusals([]);
    const outcome = await act({ input });
    if (!outcome.ok) return setRefusals(outcome.refusals);
    const { test: fresh } = outcome.payload;
    if (fresh) setSent((before) => [fresh, ...before]);
  };
  const missing = !parsed(event.data) ? "The data is not JSON yet" : target.kind === "subscription" ? "Choose a subscription, or try a draft" : target.filter && !check(target.filter).good ? "The filter of the draft is not complete" : "Say where the draft delivers to";
  return (
    <Page title="Playground" about="Try an event on a subscription: see whether it would match and what would be sent, or send it for real and follow each step of the connection.">
      <div className="hl-grid2">
        <Stack gap={16}>
          <Card title="Event"><DataEditor draft={event} change={setEvent} minLines={12} /></Card>
          <Card title="For"><TargetPicker target={target} change={(next) => {
            setTarget(next);
            void navigate({ search: { ...search, subscription: next.kind === "subscription" ? next.id || undefined : undefined, endpoint: undefined }, replace: true });
          }} type={event.type} /></Card>
        </Stack>
        <Stack gap={16}>
          <PreviewCard input={settled} missing={missing} />
          {may ? (
            <Card title="For real">
              <Stack gap={12}>
                <Text size="sm">Sent once, whether it matches or not, and recorded as a test: no delivery comes of it, it is counted nowhere, and it does not touch the health of the subscription.</Text>
                <Group><Button leftSection={<IconSend size={16} />} onClick={() => void send()} loading={busy} disabled={!input}>Send a test</Button></Group>
                {refusals.length > 0 ? <Alert color="red" variant="light" role="alert">{refusals.map(({ message, pointer }, index) => <div key={index}>{message}{pointer ? ` (at ${pointer})` : ""}</div>)}</Alert> : null}
              </Stack>
            </Card>
          ) : null}
        </Stack>
      </div>
      <div aria-live="polite">
        {test ? (
          <Card title={<>What came of it <Text component="span" size="sm" c="dimmed" fw={400}><IconFlask size={14} aria-hidden /> a test</Text></>} aside={<><Answer status={test.attempt.response?.status} errorClass={test.attempt.failure?.class} /><Button size="compact-sm" variant="default" component={Link} to="/tests/$id" params={{ id: test.id } as never}>Link to it</Button></>}>
            <Result test={test} />
          </Card>
        ) : null}
      </div>
      <History place={search} sent={sent} go={(place) => void navigate({ search: { ...search, after: undefined, before: undefined, ...place } })} />
    </Page>
  );
}
