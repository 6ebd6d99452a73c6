// Requests of an inbox as they arrive.
import { useEffect, useMemo, useState } from "react";
import { useSubscription } from "urql";

import { InboxFeedDocument, type InboxRequestPartsFragment } from "./inboxes.generated";

/** Requests that an inbox keeps. */
const KEPT_MAX = 100;

/** What was there and what came since, newest first. `again` is called where some came too quickly to be told. */
export function useInboxFeed(inboxId: string, asked: readonly InboxRequestPartsFragment[], again: () => void) {
  const [came, setCame] = useState<readonly InboxRequestPartsFragment[]>([]);
  // Whoever empties an inbox asks for it again, and then nothing older counts.
  useEffect(() => setCame((before) => (asked.length === 0 ? [] : before)), [asked]);
  useSubscription({ query: InboxFeedDocument, variables: { inboxId } }, (_, data) => {
    const item = data.inboxRequests;
    if (item.__typename === "InboxRequest") setCame((before) => [item, ...before].slice(0, KEPT_MAX));
    else again();
    return data;
  });
  return useMemo(() => {
    const all = new Map<number, InboxRequestPartsFragment>();
    for (const request of [...asked, ...came]) all.set(request.number, request);
    return [...all.values()].sort((one, other) => other.number - one.number).slice(0, KEPT_MAX);
  }, [asked, came]);
}
