// Asking the API from components: queries that keep what they have, mutations that tell what became of them.
import { notifications } from "@mantine/notifications";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useClient, useQuery, type AnyVariables, type CombinedError } from "urql";

import { messageOf } from "./client";
import { onReturn } from "./presence";

/** The newest position that this page wrote: queries wait for it, and so read what was just changed. */
let written: string | null = null;
const readers = new Set<() => void>();
export function noteWritten(position: string | null | undefined) {
  if (!position) return;
  if (written === null || BigInt(position) > BigInt(written)) written = position;
  for (const reader of readers) reader();
}
const writtenStore = {
  subscribe(reader: () => void) {
    readers.add(reader);
    return () => readers.delete(reader);
  },
  get: () => written,
};
/** For `minPosition`. */
export const useWritten = () => useSyncExternalStore(writtenStore.subscribe, writtenStore.get);

export interface Asked<Data> {
  data: Data | undefined;
  error: CombinedError | undefined;
  /** Nothing to show yet. */
  loading: boolean;
  /** Something newer is on its way. */
  stale: boolean;
  again: () => void;
}

/** A query whose last answer stays on the screen while the next one is on its way, as long as `keep` is the same. */
export function useAsk<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  options: { pause?: boolean; keep?: string } = {},
): Asked<Data> {
  const [result, run] = useQuery({ query, variables, pause: options.pause ?? false });
  const last = useRef<{ keep: string | undefined; data: Data } | null>(null);
  if (result.data !== undefined && !result.error) last.current = { keep: options.keep, data: result.data };
  const kept = last.current?.keep === options.keep ? last.current?.data : undefined;
  const again = useCallback(() => run({ requestPolicy: "network-only" }), [run]);
  const { pause = false } = options;
  useEffect(() => (pause ? undefined : onReturn(again)), [pause, again]);
  const data = result.data ?? kept;
  return { data, error: result.error, loading: result.fetching && data === undefined, stale: result.fetching || result.stale, again };
}

export interface Refusal {
  code: string;
  message: string;
  field?: string | null;
  pointer?: string | null;
}
interface Payload {
  ok: boolean;
  refusals: readonly Refusal[];
  position?: string | null;
}
type PayloadOf<Data> = Exclude<Data[keyof Data], string | undefined> & Payload;

export type Outcome<P> = { ok: true; payload: P } | { ok: false; refusals: readonly Refusal[]; payload?: P };

/** A mutation: `act` resolves to the payload or to the refusals, and an outage is told by itself. */
export function useAct<Data, Variables extends AnyVariables>(mutation: TypedDocumentNode<Data, Variables>) {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const act = useCallback(
    async (variables: Variables): Promise<Outcome<PayloadOf<Data>>> => {
      setBusy(true);
      const result = await client.mutation(mutation, variables).toPromise();
      setBusy(false);
      if (result.error || !result.data) {
        const message = result.error ? messageOf(result.error) : "The server answered without data.";
        return { ok: false, refusals: [{ code: "failed", message }] };
      }
      const name = Object.keys(result.data).find((key) => key !== "__typename") as keyof Data;
      const payload = result.data[name] as PayloadOf<Data>;
      noteWritten(payload.position);
      return payload.ok ? { ok: true, payload } : { ok: false, refusals: payload.refusals, payload };
    },
    [client, mutation],
  );
  return { act, busy };
}

/** Tells of something that was done. */
export function tell(message: string) {
  notifications.show({ message, color: "green", autoClose: 4000 });
}
/** Tells why something was not done. */
export function tellRefusals(refusals: readonly Refusal[], title = "That did not work") {
  notifications.show({ title, message: refusals.map((refusal) => refusal.message).join(" "), color: "red", autoClose: 10_000 });
}
