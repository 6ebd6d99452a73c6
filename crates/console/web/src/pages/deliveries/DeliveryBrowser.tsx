// Deliveries with filters that are kept in the address, and news that do not jump.
import { Button, Collapse, Group, NativeSelect, Pill, Switch, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconAdjustmentsHorizontal, IconSend } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState } from "react";

import { useAsk, useWritten } from "@/api/ask";
import type { DeliveryFilterInput, DeliveryState } from "@/api/schema.generated";
import type { DeliverySearch } from "@/app/router";
import { Card } from "@/ui/layout";
import { NewBar } from "@/ui/live";
import { pageArguments, Pager } from "@/ui/pager";
import { Empty, Shown } from "@/ui/states";
import { DELIVERY_STATES, deliveryLabel } from "@/ui/status";

import { DeliveriesDocument } from "./deliveries.generated";
import { DeliveryTable } from "./DeliveryTable";
import { ERROR_CLASSES, filterOf, localInput, statesOf, STATUS_CLASSES } from "./filters";
import { useDeliveryFeed } from "./useDeliveryFeed";

interface Props {
  search: DeliverySearch;
  change: (search: DeliverySearch, replace?: boolean) => void;
  subscriptionId?: string;
}

export function DeliveryBrowser({ search, change, subscriptionId }: Props) {
  const fixed = useMemo(() => (subscriptionId ? { subscriptionId } : {}), [subscriptionId]);
  const filter = useMemo(() => filterOf(search, fixed), [search, fixed]);
  const set = (part: Partial<DeliverySearch>, replace = false) => change({ ...search, after: undefined, before: undefined, ...part }, replace);
  return (
    <Card pad={false}>
      <Filters search={search} set={set} ofOne={subscriptionId !== undefined} />
      <Rows search={search} filter={filter} change={change} ofOne={subscriptionId !== undefined} />
    </Card>
  );
}

function Rows({ search, filter, change, ofOne }: { search: DeliverySearch; filter: DeliveryFilterInput; change: Props["change"]; ofOne: boolean }) {
  const [counted, setCounted] = useState(false);
  const [tail, setTail] = useState(false);
  const over = useRef(false);
  const atStart = !search.after && !search.before;
  const asked = useAsk(DeliveriesDocument, { filter, ...pageArguments(search), counted, minPosition: useWritten() }, { keep: "deliveries" });
  const nodes = useMemo(() => asked.data?.deliveries.nodes ?? [], [asked.data]);
  const { rows, newCount, lagged, seen } = useDeliveryFeed(nodes, filter, true);
  const before = useRef(new Set<string>());
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const { again } = asked;
  const show = () => {
    before.current = new Set(nodes.map(({ id }) => id));
    seen();
    again();
  };
  useEffect(() => {
    if (before.current.size > 0) setFresh(new Set(nodes.map(({ id }) => id).filter((id) => !before.current.has(id))));
  }, [nodes]);
  // The tail follows by itself, but not while somebody points at a row.
  const showLater = useRef(show);
  showLater.current = show;
  useEffect(() => {
    if (!tail || !atStart || (newCount === 0 && !lagged)) return;
    const timer = setInterval(() => { if (!over.current) showLater.current(); }, 1000);
    return () => clearInterval(timer);
  }, [tail, atStart, newCount, lagged]);
  const filtered = Object.entries(search).some(([name, value]) => value && name !== "after" && name !== "before");
  return (
    <div onPointerEnter={() => { over.current = true; }} onPointerLeave={() => { over.current = false; }}>
      {atStart && !tail ? <NewBar count={newCount} more={lagged} show={show} what="delivery" many="deliveries" /> : null}
      <Shown asked={asked} rows={10}>
        {({ deliveries: { pageInfo, totalCount } }) => rows.length === 0 ? (
          <Empty icon={IconSend} title={filtered ? "No delivery is like that" : "Nothing was delivered yet"}
            action={filtered ? <Button variant="default" onClick={() => change({})}>Show all</Button> : null}>
            {filtered ? null : "Each event that matches a subscription leads to a delivery. The next one appears here by itself."}
          </Empty>
        ) : (
          <>
            <DeliveryTable deliveries={rows} label="Deliveries" ofOne={ofOne} fresh={fresh} />
            <Group justify="space-between" px={16} pt={10} gap={12}>
              <Switch size="xs" label="Live tail" checked={tail} disabled={!atStart} onChange={(event) => setTail(event.currentTarget.checked)} />
              {counted ? null : <Button variant="subtle" size="compact-xs" onClick={() => setCounted(true)}>Count all</Button>}
            </Group>
            <Pager info={pageInfo} place={search} shown={rows.length} total={counted ? totalCount : null} go={(place) => change({ ...search, after: undefined, before: undefined, ...place })} />
          </>
        )}
      </Shown>
    </div>
  );
}

function Filters({ search, set, ofOne }: { search: DeliverySearch; set: (part: Partial<DeliverySearch>, replace?: boolean) => void; ofOne: boolean }) {
  const states = statesOf(search);
  const more = ["type", "error", "from", "to", "event", "subscription"].filter((name) => search[name as keyof DeliverySearch] && !(ofOne && name === "subscription"));
  const [open, setOpen] = useState(more.length > 0);
  const toggle = (state: DeliveryState) => {
    const next = states.includes(state) ? states.filter((one) => one !== state) : [...states, state];
    set({ state: next.join(",") || undefined });
  };
  return (
    <div style={{ borderBottom: "1px solid var(--hl-line)", padding: 12 }}>
      <Group gap={8}>
        <Group gap={6} role="group" aria-label="State">
          {DELIVERY_STATES.map((state) => (
            <Button key={state} size="compact-sm" variant={states.includes(state) ? "filled" : "default"} aria-pressed={states.includes(state)} onClick={() => toggle(state)}>{deliveryLabel(state)}</Button>
          ))}
        </Group>
        <NativeSelect size="xs" aria-label="Last answer" value={search.answer ?? ""} onChange={(event) => set({ answer: event.currentTarget.value || undefined })}
          data={[{ value: "", label: "Any answer" }, ...Object.entries(STATUS_CLASSES).map(([value, label]) => ({ value, label }))]} />
        <Button size="compact-sm" variant="subtle" color="gray" leftSection={<IconAdjustmentsHorizontal size={15} />} aria-expanded={open} onClick={() => setOpen((now) => !now)}>
          More filters{more.length > 0 ? ` (${more.length})` : ""}
        </Button>
      </Group>
      <Collapse expanded={open}>
        <Group gap={10} mt={12} align="flex-end">
          <Typed label="Event type" placeholder="benchmark.*" value={search.type} set={(type) => set({ type }, true)} />
          <Typed label="Error class" placeholder="connect_refused" value={search.error} set={(error) => set({ error }, true)} list={ERROR_CLASSES} />
          {ofOne ? null : <Typed label="Subscription" placeholder="sub_…" value={search.subscription} set={(subscription) => set({ subscription }, true)} />}
          <Typed label="Event" placeholder="evt_…" value={search.event} set={(event) => set({ event }, true)} />
          <TextInput size="xs" type="datetime-local" label="Accepted from" value={localInput(search.from)} onChange={(event) => set({ from: event.currentTarget.value ? new Date(event.currentTarget.value).toISOString() : undefined }, true)} />
          <TextInput size="xs" type="datetime-local" label="Accepted before" value={localInput(search.to)} onChange={(event) => set({ to: event.currentTarget.value ? new Date(event.currentTarget.value).toISOString() : undefined }, true)} />
        </Group>
      </Collapse>
      {!open && more.length > 0 ? (
        <Group gap={6} mt={10}>
          <Text size="xs" c="dimmed">Also:</Text>
          {more.map((name) => <Pill key={name} withRemoveButton onRemove={() => set({ [name]: undefined })} removeButtonProps={{ "aria-label": `Remove the filter ${name}`, "aria-hidden": false, tabIndex: 0 }}>{name}: {search[name as keyof DeliverySearch]}</Pill>)}
        </Group>
      ) : null}
    </div>
  );
}

/** A filter that is typed, and applied a moment after. */
export function Typed({ label, placeholder, value, set, list }: { label: string; placeholder: string; value: string | undefined; set: (value: string | undefined) => void; list?: readonly string[] }) {
  const [text, setText] = useState(value ?? "");
  const given = useRef(value);
  if (given.current !== value) {
    given.current = value;
    if ((value ?? "") !== text.trim()) setText(value ?? "");
  }
  const apply = useDebouncedCallback((typed: string) => set(typed.trim() || undefined), 300);
  const id = `list-${label.replaceAll(" ", "-")}`;
  return (
    <>
      <TextInput size="xs" maw={170} label={label} placeholder={placeholder} value={text} spellCheck={false} list={list ? id : undefined} onChange={(event) => { setText(event.currentTarget.value); apply(event.currentTarget.value); }} />
      {list ? <datalist id={id}>{list.map((one) => <option key={one} value={one} />)}</datalist> : null}
    </>
  );
}
