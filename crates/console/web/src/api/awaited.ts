// What is awaited is asked for until it is there. A feed alone is not enough: it begins to tell a moment after its page, once the
// socket is open, and what happens in between is told to nobody.
import { useEffect, useRef, useSyncExternalStore } from "react";

import type { Asked } from "./ask";
import { socketStore } from "./client";

/** How long after an answer that lacks it something awaited is asked for again. */
export const AWAITED_MS = 1_500;

/** Asks again and again while something is `awaited`; never while an answer is still on its way. */
export function useAskUntil({ again, stale }: Asked<unknown>, awaited: boolean) {
  useEffect(() => {
    if (!awaited || stale) return;
    const timer = setTimeout(again, AWAITED_MS);
    return () => clearTimeout(timer);
  }, [again, stale, awaited]);
}

/** Asks once more when the feed has begun to tell, or tells again: what came before was told to nobody. */
export function useAskOnceLive({ again }: Asked<unknown>) {
  const live = useSyncExternalStore(socketStore.subscribe, socketStore.get) === "live";
  const ask = useRef(again);
  ask.current = again;
  useEffect(() => {
    if (!live) return;
    // The server begins to listen a moment after the socket is open.
    const timer = setTimeout(() => ask.current(), AWAITED_MS);
    return () => clearTimeout(timer);
  }, [live]);
}
