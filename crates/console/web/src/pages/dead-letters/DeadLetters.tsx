// What was given up: to be tried again, one, many or all that a filter selects.
import { Alert, Button, Group, Modal, Progress, Stack, Text } from "@mantine/core";
import { IconConfetti, IconRefresh } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";

import { tell, tellRefusals, useAct, useAsk, useWritten, type Refusal } from "@/api/ask";
import type { DeliveryFilterInput } from "@/api/schema.generated";
import { DeliveryTable } from "@/pages/deliveries/DeliveryTable";
import { Typed } from "@/pages/deliveries/DeliveryBrowser";
import { DeliveriesDocument, RetryDeliveryDocument, RetryManyDocument, RetryManyPreviewDocument } from "@/pages/deliveries/deliveries.generated";
import { ERROR_CLASSES, filterOf } from "@/pages/deliveries/filters";
import { useDeliveryFeed } from "@/pages/deliveries/useDeliveryFeed";
import { useMay } from "@/shell/viewer";
import { Card, Page } from "@/ui/layout";
import { NewBar } from "@/ui/live";
import { pageArguments, Pager } from "@/ui/pager";
import { Empty, Shown } from "@/ui/states";

/** Deliveries of one call; smaller than the server's bound, so that progress is seen. */
const PER_CALL = 100;

export function DeadLetters() {
  const search = useSearch({ from: "/dead-letters" });
  const navigate = useNavigate({ from: "/dead-letters" });
  const may = useMay("MANAGE");
  const filter = useMemo(() => filterOf({ ...search, state: undefined }, { states: ["DEAD_LETTERED"] }), [search]);
  const asked = useAsk(DeliveriesDocument, { filter, ...pageArguments(search), counted: true, minPosition: useWritten() }, { keep: "dead" });
  const nodes = useMemo(() => asked.data?.deliveries.nodes ?? [], [asked.data]);
  const { rows, newCount, lagged, seen } = useDeliveryFeed(nodes, filter, true);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [all, setAll] = useState(false);
  const retry = useAct(RetryDeliveryDocument);
  const set = (part: object) => void navigate({ search: { ...search, after: undefined, before: undefined, ...part }, replace: true });
  const retryChosen = async () => {
    const refusals: Refusal[] = [];
    let done = 0;
    for (const id of chosen) {
      const outcome = await retry.act({ input: { id } });
      if (outcome.ok) done += 1;
      else refusals.push(...outcome.refusals);
    }
    setChosen(new Set());
    if (done > 0) tell(`${done} ${done === 1 ? "is" : "are"} attempted again`);
    if (refusals.length > 0) tellRefusals(refusals.slice(0, 3), "Some were left as they are");
    asked.again();
  };
  const filtered = Boolean(search.type || search.error || search.subscription || search.answer);
  return (
    <Page title="Dead letters" about="Deliveries that are not attempted again unless somebody asks. Nothing is lost: each keeps every attempt on record."
      actions={may ? <Button leftSection={<IconRefresh size={16} />} onClick={() => setAll(true)} disabled={nodes.length === 0}>{filtered ? "Retry all of these…" : "Retry all…"}</Button> : null}>
      <Card pad={false}>
        <Group p={12} gap={10} align="flex-end" style={{ borderBottom: "1px solid var(--hl-line)" }}>
          <Typed label="Event type" placeholder="benchmark.*" value={search.type} set={(type) => set({ type })} />
          <Typed label="Error class" placeholder="connect_refused" value={search.error} set={(error) => set({ error })} list={ERROR_CLASSES} />
          <Typed label="Subscription" placeholder="sub_…" value={search.subscription} set={(subscription) => set({ subscription })} />
          {chosen.size > 0 ? <Button size="xs" loading={retry.busy} onClick={() => void retryChosen()}>Retry {chosen.size} chosen</Button> : null}
        </Group>
        <NewBar count={newCount} more={lagged} what="dead letter" show={() => { seen(); asked.again(); }} />
        <Shown asked={asked} rows={8}>
          {({ deliveries: { pageInfo, totalCount } }) => rows.length === 0 ? (
            <Empty icon={IconConfetti} title={filtered ? "No dead letter is like that" : "No dead letters"}>{filtered ? null : "Everything was delivered, or is still being tried."}</Empty>
          ) : (
            <>
              <DeliveryTable deliveries={rows} label="Dead letters" {...(may ? { chosen, choose: setChosen } : {})} />
              <Pager info={pageInfo} place={search} shown={rows.length} total={totalCount} go={(place) => void navigate({ search: { ...search, after: undefined, before: undefined, ...place } })} />
            </>
          )}
        </Shown>
      </Card>
      {all ? <RetryAll filter={filter} close={() => { setAll(false); asked.again(); }} /> : null}
    </Page>
  );
}

type Progressed = { looked: number; total: number; retried: number; skipped: number; state: "running" | "stopped" | "done" };

/** Says how many there are, then goes through them call by call; can be stopped in between. */
function RetryAll({ filter, close }: { filter: DeliveryFilterInput; close: () => void }) {
  const preview = useAsk(RetryManyPreviewDocument, { filter });
  const { act } = useAct(RetryManyDocument);
  const [progress, setProgress] = useState<Progressed | null>(null);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const stop = useRef(false);
  const count = preview.data?.retryPreview;
  const run = async () => {
    let after: string | null = null;
    let now: Progressed = { looked: 0, total: count ?? 0, retried: 0, skipped: 0, state: "running" };
    setProgress(now);
    while (!stop.current) {
      const outcome = await act({ input: { filter, limit: PER_CALL, after } });
      if (!outcome.ok) {
        setRefusals(outcome.refusals);
        setProgress({ ...now, state: "stopped" });
        return;
      }
      const { retried, skipped, next, remaining } = outcome.payload;
      const looked = now.looked + retried + skipped;
      now = { looked, total: looked + remaining, retried: now.retried + retried, skipped: now.skipped + skipped, state: next ? "running" : "done" };
      setProgress(now);
      if (!next) return;
      after = next;
    }
    setProgress({ ...now, state: "stopped" });
  };
  const running = progress?.state === "running";
  return (
    <Modal opened onClose={() => { if (!running) close(); }} title="Retry dead letters" withCloseButton={!running} closeOnClickOutside={!running} closeOnEscape={!running}>
      <Stack gap={14}>
        {progress === null ? (
          <Shown asked={preview} rows={2}>
            {() => <Text size="sm"><b>{count?.toLocaleString()}</b> {count === 1 ? "dead letter is" : "dead letters are"} selected. Each gets a new budget of attempts, with the settings that its subscription has now. An endpoint that is still broken makes them dead letters again.</Text>}
          </Shown>
        ) : (
          <div aria-live="polite">
            <Progress value={progress.total === 0 ? 100 : (100 * progress.looked) / progress.total} animated={running} aria-label="Progress" />
            <Text size="sm" mt={8}>
              {progress.retried.toLocaleString()} of {progress.total.toLocaleString()} are attempted again{progress.skipped > 0 ? `, ${progress.skipped.toLocaleString()} were left as they are (asked for already, or of a deleted subscription)` : ""}.
              {progress.state === "stopped" ? " Stopped; the rest is as it was." : ""}
            </Text>
          </div>
        )}
        {refusals.length > 0 ? <Alert color="red" variant="light" role="alert">{refusals.map((refusal) => refusal.message).join(" ")}</Alert> : null}
        <Group justify="flex-end">
          {running ? <Button variant="default" onClick={() => { stop.current = true; }}>Stop</Button> : <Button variant="default" onClick={close}>{progress ? "Close" : "Back"}</Button>}
          {progress === null ? <Button onClick={() => void run()} disabled={!count}>Retry {count?.toLocaleString()}</Button> : null}
        </Group>
      </Stack>
    </Modal>
  );
}
