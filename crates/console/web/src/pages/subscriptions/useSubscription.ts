// The subscription that a page and its tabs are about.
import { useAsk, useWritten } from "@/api/ask";

import { SubscriptionPageDocument, type SubscriptionDetailFragment } from "./subscriptions.generated";

export function useAskSubscription(id: string) {
  return useAsk(SubscriptionPageDocument, { id, minPosition: useWritten() }, { keep: id });
}

/** What the page around a tab has loaded already. */
export function useSubscription(id: string): SubscriptionDetailFragment | null {
  return useAskSubscription(id).data?.subscription ?? null;
}
