// What was given up: by cause or one by one, to be tried again or discarded; one, many, or all that a filter selects.
import { Button, Group, NativeSelect, SegmentedControl } from "@mantine/core";
import { IconConfetti, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { tell, tellRefusals, useAct, useAsk, useWritten, type Refusal } from "@/api/ask";
import type { DeadLetterReason } from "@/api/schema.generated";
import type { DeliverySearch } from "@/app/router";
import { CancelDeliveryDocument, DeliveriesDocument, RetryDeliveryDocument } from "@/pages/deliveries/deliveries.generated";
import { Typed } from "@/pages/deliveries/DeliveryBrowser";
import { DeliveryTable } from "@/pages/deliveries/DeliveryTable";
import { ERROR_CLASSES, filterOf } from "@/pages/deliveries/filters";
import { REASONS } from "@/pages/deliveries/reasons";
import { useDeliveryFeed } from "@/pages/deliveries/useDeliveryFeed";
import { useMay } from "@/shell/viewer";
import { Confirm } from "@/ui/confirm";
import { Card, Page } from "@/ui/layout";
import { NewBar } from "@/ui/live";
import { pageArguments, Pager } from "@/ui/pager";
import { Empty, Shown } from "@/ui/states";

import { AskBulk, BulkActions, type Wanted } from "./Bulk";
import { Groups } from "./Groups";

export function DeadLetters() {
  const search = useSearch({ from: "/dead-letters" });
  const navigate = useNavigate({ from: "/dead-letters" });
  const may = useMay("MANAGE");
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const [refresh, setRefresh] = useState(0);
  const filter = useMemo(() => filterOf({ ...search, state: undefined }, { states: ["DEAD_LETTERED"] }), [search]);
  const filtered = Boolean(search.type || search.error || search.subscription || search.answer || search.status || search.reason);
  const list = search.view === "list" || filtered;
  const all = (kind: Wanted["kind"]) => setWanted({ kind, filter, what: filtered ? "are selected by the filter" : "there are in all" });
  return (
    <Page title="Dead letters" about="Deliveries that are not attempted again unless somebody asks. Nothing is lost: each keeps every attempt on record."
      actions={may ? (
        <>
          <Button variant="default" color="red" leftSection={<IconTrash size={16} />} onClick={() => all("CANCEL")}>{filtered ? "Discard these…" : "Discard all…"}</Button>
          <Button leftSection={<IconRefresh size={16} />} onClick={() => all("RETRY")}>{filtered ? "Retry all of these…" : "Retry all…"}</Button>
        </>
      ) : null}>
      <Group><SegmentedControl size="xs" aria-label="How dead letters are shown" value={list ? "list" : "causes"} onChange={(view) => void navigate({ search: { view: view === "list" ? "list" : undefined } })} data={[{ value: "causes", label: "By cause" }, { value: "list", label: "One by one" }]} /></Group>
      <BulkActions ended={() => setRefresh((count) => count + 1)} />
      <Card pad={false}>
        {list ? <List key={refresh} search={search} set={(part) => void navigate({ search: { ...search, view: "list", after: undefined, before: undefined, ...part }, replace: true })} filtered={filtered} may={may} /> : <Groups ask={setWanted} refresh={refresh} />}
      </Card>
      {wanted ? <AskBulk wanted={wanted} close={() => setWanted(null)} begun={() => { setRefresh((count) => count + 1); tell("It has begun"); }} /> : null}
    </Page>
  );
}

function List({ search, set, filtered, may }: { search: DeliverySearch; set: (part: Partial<DeliverySearch>) => void; filtered: boolean; may: boolean }) {
  const filter = useMemo(() => filterOf({ ...search, state: undefined }, { states: ["DEAD_LETTERED"] }), [search]);
  const asked = useAsk(DeliveriesDocument, { filter, ...pageArguments(search), counted: true, minPosition: useWritten() }, { keep: "dead" });
  const nodes = useMemo(() => asked.data?.deliveries.nodes ?? [], [asked.data]);
  const { rows, newCount, lagged, seen } = useDeliveryFeed(nodes, filter, true);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [discarding, setDiscarding] = useState(false);
  const retry = useAct(RetryDeliveryDocument);
  const cancel = useAct(CancelDeliveryDocument);
  const each = async (act: (id: string) => Promise<{ ok: boolean; refusals?: readonly Refusal[] }>, done: string) => {
    const refusals: Refusal[] = [];
    let count = 0;
    for (const id of chosen) {
      const outcome = await act(id);
      if (outcome.ok) count += 1;
      else refusals.push(...(outcome.refusals ?? []));
    }
    setChosen(new Set());
    if (count > 0) tell(`${count} ${count === 1 ? "is" : "are"} ${done}`);
    if (refusals.length > 0) tellRefusals(refusals.slice(0, 3), "Some were left as they are");
    asked.again();
  };
  return (
    <>
      <Group p={12} gap={10} align="flex-end" style={{ borderBottom: "1px solid var(--hl-line)" }}>
        <Typed label="Event type" placeholder="benchmark.*" value={search.type} set={(type) => set({ type })} />
        <Typed label="Status" placeholder="500" value={search.status} set={(status) => set({ status })} />
        <Typed label="Error class" placeholder="connect_refused" value={search.error} set={(error) => set({ error })} list={ERROR_CLASSES} />
        <NativeSelect size="xs" label="Because" value={search.reason ?? ""} onChange={(event) => set({ reason: event.currentTarget.value || undefined })} data={[{ value: "", label: "of anything" }, ...(Object.keys(REASONS) as DeadLetterReason[]).map((value) => ({ value, label: REASONS[value] }))]} maw={190} />
        <Typed label="Subscription" placeholder="sub_…" value={search.subscription} set={(subscription) => set({ subscription })} />
      </Group>
      <NewBar count={newCount} more={lagged} what="dead letter" show={() => { seen(); asked.again(); }} />
      <Shown asked={asked} rows={8}>
        {({ deliveries: { pageInfo, totalCount } }) => rows.length === 0 ? (
          <Empty icon={IconConfetti} title={filtered ? "No dead letter is like that" : "No dead letters"} action={filtered ? <Button variant="default" onClick={() => set({ type: undefined, error: undefined, subscription: undefined, answer: undefined, status: undefined, reason: undefined })}>Show all</Button> : undefined}>{filtered ? null : "Everything was delivered, or is still being tried."}</Empty>
        ) : (
          <>
            <DeliveryTable deliveries={rows} label="Dead letters" {...(may ? { chosen, choose: setChosen } : {})} />
            <Pager info={pageInfo} place={search} shown={rows.length} total={totalCount} go={set} />
            {chosen.size > 0 ? (
              <Group className="hl-chosen" gap={10} justify="flex-end">
                <Button size="xs" variant="subtle" color="gray" onClick={() => setChosen(new Set())}>Choose none</Button>
                <Button size="xs" variant="default" onClick={() => setDiscarding(true)}>Discard {chosen.size} chosen…</Button>
                <Button size="xs" loading={retry.busy} onClick={() => void each((id) => retry.act({ input: { id } }), "attempted again")}>Retry {chosen.size} chosen</Button>
              </Group>
            ) : null}
          </>
        )}
      </Shown>
      {discarding ? (
        <Confirm title={`Discard ${chosen.size} dead ${chosen.size === 1 ? "letter" : "letters"}?`} action="Discard" danger withNote close={() => setDiscarding(false)}
          run={async (note) => { await each((id) => cancel.act({ input: { id, note: note || null } }), "discarded"); return []; }}>
          They are not attempted again unless somebody asks. Everything stays on record.
        </Confirm>
      ) : null}
    </>
  );
}
