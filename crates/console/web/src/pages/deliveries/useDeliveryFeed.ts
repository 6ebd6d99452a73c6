// News of deliveries that are on the screen, and of those that are not yet.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSubscription } from "urql";

import type { DeliveryFilterInput } from "@/api/schema.generated";

import { DeliveryFeedDocument, type DeliveryRowFragment } from "./deliveries.generated";
import { belongs } from "./filters";

/** The most that is remembered of news before somebody asks for them. */
const NEW_MAX = 100;

/** Rows with what became of them since, and how many more there are to see. News come in bundles, four times a second. */
export function useDeliveryFeed(rows: readonly DeliveryRowFragment[], filter: DeliveryFilterInput, live: boolean) {
  const [changes, setChanges] = useState<ReadonlyMap<string, DeliveryRowFragment>>(new Map());
  const [news, setNews] = useState<ReadonlySet<string>>(new Set());
  const [lagged, setLagged] = useState(false);
  const queue = useRef<DeliveryRowFragment[]>([]);
  const shown = useRef(new Set<string>());
  shown.current = useMemo(() => new Set(rows.map(({ id }) => id)), [rows]);
  const wanted = useRef(filter);
  wanted.current = filter;
  // Without the state: a row that leaves the list's state is to be told of, too.
  const variables = useMemo(() => ({ filter: { subscriptionId: filter.subscriptionId ?? null, eventId: filter.eventId ?? null, eventType: filter.eventType ?? null } }), [filter.subscriptionId, filter.eventId, filter.eventType]);
  useSubscription({ query: DeliveryFeedDocument, variables, pause: !live }, (_, data) => {
    const item = data.deliveryChanges;
    if (item.__typename === "DeliveryChange") queue.current.push(item.delivery);
    else setLagged(true);
    return data;
  });
  useEffect(() => {
    const timer = setInterval(() => {
      const batch = queue.current.splice(0);
      if (batch.length === 0) return;
      const known = batch.filter((row) => shown.current.has(row.id));
      const unknown = batch.filter((row) => !shown.current.has(row.id) && belongs(row, wanted.current));
      if (known.length > 0) setChanges((now) => new Map([...now, ...known.map((row) => [row.id, row] as const)]));
      if (unknown.length > 0) setNews((now) => new Set([...now, ...unknown.map(({ id }) => id)].slice(0, NEW_MAX)));
    }, 250);
    return () => clearInterval(timer);
  }, []);
  const seen = useCallback(() => {
    setNews(new Set());
    setLagged(false);
  }, []);
  const current = useMemo(() => rows.map((row) => newer(row, changes.get(row.id))), [rows, changes]);
  return { rows: current, newCount: news.size, lagged, seen };
}

const newer = (row: DeliveryRowFragment, change: DeliveryRowFragment | undefined) => (change && change.updatedAt > row.updatedAt ? change : row);
