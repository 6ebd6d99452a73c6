// Every event that was published.
import { Button, Group, Text, TextInput } from "@mantine/core";
import { IconBolt, IconTargetArrow } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { useSubscription } from "urql";

import { useAsk, useWritten } from "@/api/ask";
import type { EventSearch } from "@/app/router";
import { Typed } from "@/pages/deliveries/DeliveryBrowser";
import { localInput } from "@/pages/deliveries/filters";
import { useMay } from "@/shell/viewer";
import { Card, Page, Table } from "@/ui/layout";
import { NewBar } from "@/ui/live";
import { pageArguments, Pager } from "@/ui/pager";
import { Dotted } from "@/ui/prose";
import { Empty, Shown } from "@/ui/states";
import { Time } from "@/ui/time";

import { bytes } from "./bytes";
import { EventFeedDocument, EventsDocument } from "./events.generated";

export function EventList() {
  const search = useSearch({ from: "/events" });
  const navigate = useNavigate({ from: "/events" });
  const may = useMay("PUBLISH");
  const [counted, setCounted] = useState(false);
  const filter = useMemo(() => ({
    type: search.type || null, source: search.source || null, publisherId: search.publisherId || null, acceptedFrom: search.from || null, acceptedBefore: search.to || null,
  }), [search]);
  const asked = useAsk(EventsDocument, { filter, ...pageArguments(search), counted, minPosition: useWritten() }, { keep: "events" });
  const atStart = !search.after && !search.before;
  const nodes = asked.data?.events.nodes;
  const [news, seen] = useNewEvents(search, nodes);
  const set = (part: Partial<EventSearch>) => void navigate({ search: { ...search, after: undefined, before: undefined, ...part }, replace: true });
  const filtered = Object.entries(search).some(([name, value]) => value && name !== "after" && name !== "before");
  const publish = may ? <Button variant="default" component={Link} to="/publish" leftSection={<IconTargetArrow size={16} />}>Publish an event</Button> : null;
  return (
    <Page title="Events" about="What the platform published: kept byte for byte, and for good." actions={publish}>
      <Card pad={false}>
        <Group p={12} gap={10} align="flex-end" style={{ borderBottom: "1px solid var(--hl-line)" }}>
          <Typed label="Type" placeholder="benchmark.*" value={search.type} set={(type) => set({ type })} />
          <Typed label="Source" placeholder="/clusters/eu-1" value={search.source} set={(source) => set({ source })} />
          <Typed label="Publisher's id" placeholder="run-4711" value={search.publisherId} set={(publisherId) => set({ publisherId })} />
          <TextInput size="xs" type="datetime-local" label="Accepted from" value={localInput(search.from)} onChange={(event) => set({ from: event.currentTarget.value ? new Date(event.currentTarget.value).toISOString() : undefined })} />
          <TextInput size="xs" type="datetime-local" label="Accepted before" value={localInput(search.to)} onChange={(event) => set({ to: event.currentTarget.value ? new Date(event.currentTarget.value).toISOString() : undefined })} />
        </Group>
        {atStart ? <NewBar count={news} what="event" show={() => { seen(); asked.again(); }} /> : null}
        <Shown asked={asked} rows={10}>
          {({ events: { nodes: events, pageInfo, totalCount } }) => events.length === 0 ? (
            <Empty icon={IconBolt} title={filtered ? "No event is like that" : "No events yet"} action={filtered ? <Button variant="default" onClick={() => void navigate({ search: {} })}>Show all</Button> : publish}>
              {filtered ? null : <>Publish one by hand, or with <span className="hl-mono">POST /v1/events</span>.</>}
            </Empty>
          ) : (
            <>
              <Table label="Events" head={<><th>Type</th><th>Source</th><th>Publisher’s id</th><th className="num">Size</th><th>Accepted</th></>}>
                {events.map((event) => (
                  <tr key={event.id}>
                    <td><Link className="hl-rowlink hl-mono" to="/events/$id" params={{ id: event.id }}><Dotted name={event.type} /><span className="hl-sr"> event {event.id.slice(-8)}</span></Link><Text size="xs" c="dimmed" className="hl-mono">evt_…{event.id.slice(-8)}{event.version > 1 ? `, version ${event.version}` : ""}</Text></td>
                    <td className="hl-mono">{event.source}</td>
                    <td className="hl-mono" style={{ maxWidth: 220 }}><span className="hl-truncate">{event.publisherId}</span></td>
                    <td className="num">{bytes(event.dataBytes)}</td>
                    <td className="tight"><Text size="sm" c="dimmed" component="span"><Time at={event.acceptedAt} /></Text></td>
                  </tr>
                ))}
              </Table>
              {counted ? null : <Group px={16} pt={10} justify="flex-end"><Button variant="subtle" size="compact-xs" onClick={() => setCounted(true)}>Count all</Button></Group>}
              <Pager info={pageInfo} place={search} shown={events.length} total={counted ? totalCount : null} go={(place) => void navigate({ search: { ...search, after: undefined, before: undefined, ...place } })} />
            </>
          )}
        </Shown>
      </Card>
    </Page>
  );
}

/** How many events came that the list does not show yet, and a way to forget them. */
function useNewEvents(search: EventSearch, nodes: readonly { id: string }[] | undefined): [number, () => void] {
  const [news, setNews] = useState(0);
  const queue = useRef(new Set<string>());
  const shown = useRef(new Set<string>());
  useEffect(() => {
    shown.current = new Set(nodes?.map(({ id }) => id));
    queue.current.clear();
    setNews(0);
  }, [nodes]);
  useSubscription({ query: EventFeedDocument, variables: { type: search.type || null } }, (_, data) => {
    const item = data.eventPublished;
    const fits = item.__typename !== "EventPublished" || ((!search.source || item.event.source === search.source) && (!search.publisherId || item.event.publisherId === search.publisherId) && !search.to);
    if (fits && queue.current.size < 100) queue.current.add(item.__typename === "EventPublished" ? item.event.id : "lagged");
    return data;
  });
  useEffect(() => {
    const timer = setInterval(() => setNews([...queue.current].filter((id) => !shown.current.has(id)).length), 300);
    return () => clearInterval(timer);
  }, []);
  return [news, () => { queue.current.clear(); setNews(0); }];
}
