// Something that is done to many dead letters: asked before it begins, and followed while it goes on in the server.
import { Group, Progress, Text } from "@mantine/core";
import { IconBan, IconCheck, IconLoader2 } from "@tabler/icons-react";
import { useState } from "react";
import { useSubscription } from "urql";

import { noteWritten, tell, tellRefusals, useAct, useAsk, useWritten } from "@/api/ask";
import type { BulkActionKind, DeliveryFilterInput } from "@/api/schema.generated";
import { useMay } from "@/shell/viewer";
import { ActorName } from "@/ui/actor";
import { BusyButton } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Card } from "@/ui/layout";
import { Missed, Shown } from "@/ui/states";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

import { selectionWords } from "./cause";
import { BulkActionFeedDocument, BulkActionsDocument, CancelBulkActionDocument, CountDeliveriesDocument, StartBulkActionDocument, type BulkActionPartsFragment } from "./dead-letters.generated";

export interface Wanted { kind: BulkActionKind; filter: DeliveryFilterInput; what: string; /** Known already, or to be counted. */ count?: number }

const letters = (count: number, exact = true) => `${exact ? "" : "more than "}${count.toLocaleString()} dead ${count === 1 ? "letter" : "letters"}`;

/** Says how many there are and what will happen to them, then begins. */
export function AskBulk({ wanted, close, begun }: { wanted: Wanted; close: () => void; begun: () => void }) {
  const { kind, filter, what } = wanted;
  const counted = useAsk(CountDeliveriesDocument, { filter }, { keep: JSON.stringify(filter) });
  const { act } = useAct(StartBulkActionDocument);
  const total = counted.data?.deliveries.totalCount;
  const retry = kind === "RETRY";
  const many = total ? letters(total.count, total.exact) : "They";
  return (
    <Confirm title={retry ? "Retry dead letters?" : "Discard dead letters?"} action={`${retry ? "Retry" : "Discard"}${total ? ` ${total.exact ? "" : "more than "}${total.count.toLocaleString()}` : ""}`} danger={!retry} withNote close={close}
      run={async (note) => {
        const outcome = await act({ input: { kind, filter, note: note || null } });
        if (!outcome.ok) return outcome.refusals;
        begun();
        return [];
      }}>
      <Shown asked={counted} rows={2}>
        {() => retry
          ? <Text size="sm"><b>{many}</b> {what}. Each gets a new budget of attempts, with the settings that its subscription has now. An endpoint that is still broken makes them dead letters again.</Text>
          : <Text size="sm"><b>{many}</b> {what}. They are not attempted again unless somebody asks for one of them. Everything stays on record, with your name and words.</Text>}
      </Shown>
      <Text size="sm" c="dimmed" mt={8}>It goes on in the server, whether you watch or not, and can be stopped. What becomes a dead letter from now on is left alone.</Text>
    </Confirm>
  );
}

/** The latest of them, with those that go on at the top. */
export function BulkActions({ ended }: { ended: () => void }) {
  const asked = useAsk(BulkActionsDocument, { minPosition: useWritten() }, { keep: "bulk" });
  const nodes = asked.data?.bulkActions.nodes ?? [];
  if (nodes.length === 0) return <Missed asked={asked} what="what was done to many" />;
  return (
    <Card title="Done to many" pad={false}>
      <ul className="hl-plain" style={{ gap: 0 }} aria-live="polite">
        {nodes.map((action) => <li key={action.id} style={{ padding: "12px 16px", borderBottom: "1px solid var(--hl-line)" }}>{action.state === "RUNNING" ? <Running action={action} ended={() => { asked.again(); ended(); }} /> : <Row action={action} />}</li>)}
      </ul>
    </Card>
  );
}

function Running({ action, ended }: { action: BulkActionPartsFragment; ended: () => void }) {
  const [now, setNow] = useState(action);
  useSubscription({ query: BulkActionFeedDocument, variables: { id: action.id } }, (_, data) => {
    setNow(data.bulkActionChanges);
    if (data.bulkActionChanges.state !== "RUNNING") ended();
    return data;
  });
  return <Row action={now.version >= action.version ? now : action} />;
}

const STATES = { RUNNING: { tone: "info", icon: IconLoader2, word: "Going on" }, COMPLETED: { tone: "good", icon: IconCheck, word: "Done" }, CANCELLED: { tone: "idle", icon: IconBan, word: "Stopped" } } as const;

function Row({ action }: { action: BulkActionPartsFragment }) {
  const may = useMay("MANAGE");
  const { act, busy } = useAct(CancelBulkActionDocument);
  const { kind, state, matched, lookedAt, changed, skipped, note } = action;
  const { tone, icon, word } = STATES[state];
  const goal = Math.min(matched.count, action.deliveriesMax);
  const stop = async () => {
    const outcome = await act({ input: { id: action.id } });
    if (!outcome.ok) return tellRefusals(outcome.refusals);
    noteWritten(outcome.payload.position);
    tell("Stopped. What was done stays done");
  };
  return (
    <>
      <Group justify="space-between" gap={8}>
        <Group gap={8}><Status tone={tone} icon={icon}>{word}</Status><Text size="sm" fw={560}>{kind === "RETRY" ? "Retry" : "Discard"}: {selectionWords(action.selection)}</Text></Group>
        {state === "RUNNING" && may ? <BusyButton size="compact-xs" variant="default" busy={busy} onClick={() => void stop()}>Stop</BusyButton> : null}
      </Group>
      {state === "RUNNING" ? <Progress mt={8} value={goal === 0 ? 100 : (100 * lookedAt) / goal} animated aria-label="Progress" /> : null}
      <Text size="xs" c="dimmed" mt={4} component="div">
        {changed.toLocaleString()} of {matched.exact ? "" : "more than "}{matched.count.toLocaleString()} {kind === "RETRY" ? "are attempted again" : "are discarded"}{skipped > 0 ? `, ${skipped.toLocaleString()} left as they were` : ""}. By <ActorName actor={action.startedBy} />, <Time at={action.startedAt} />{note ? <>: “{note}”</> : null}
      </Text>
    </>
  );
}
