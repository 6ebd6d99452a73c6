// Whom a sample is for: a subscription, or a draft of one.
import { Group, NativeSelect, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";

import { useAsk } from "@/api/ask";
import type { CreateSubscriptionInput, DeliveryFormat, TestTargetInput } from "@/api/schema.generated";
import { InboxesDocument } from "@/pages/inboxes/inboxes.generated";
import { check, type Clause } from "@/pages/subscriptions/filter";
import { FilterBuilder } from "@/pages/subscriptions/FilterBuilder";
import { FORMATS } from "@/pages/subscriptions/formats";
import { filterJson } from "@/pages/subscriptions/model";
import { useMay } from "@/shell/viewer";
import { Missed } from "@/ui/states";

import { TargetDocument, TargetsDocument } from "./playground.generated";

export interface Target { kind: "subscription" | "draft"; id: string; endpoint: string; types: string; format: DeliveryFormat; filter: Clause | null }
export const NO_TARGET: Target = { kind: "subscription", id: "", endpoint: "", types: "", format: "STANDARD_WEBHOOKS", filter: null };

/** For the API; nothing while it is not complete. */
export function inputOf(target: Target, type: string): TestTargetInput | null {
  if (target.kind === "subscription") return target.id ? { subscriptionId: target.id } : null;
  if (target.endpoint.trim() === "" || (target.filter && !check(target.filter).good)) return null;
  const eventTypes = target.types.split(/[\s,]+/).filter(Boolean);
  const draft: CreateSubscriptionInput = { endpoint: target.endpoint.trim(), eventTypes: eventTypes.length > 0 ? eventTypes : [type], format: target.format, filter: filterJson(target.filter), active: true, verifyEndpoint: false };
  return { draft };
}

export function TargetPicker({ target, change, type }: { target: Target; change: (target: Target) => void; type: string }) {
  const may = useMay("MANAGE");
  const asked = useAsk(TargetsDocument, { search: null }, { keep: "targets" });
  const own = useAsk(TargetDocument, { id: target.id }, { pause: target.id === "", keep: target.id });
  const inboxes = useAsk(InboxesDocument, {}, { pause: target.kind !== "draft", keep: "inboxes" });
  const nodes = asked.data?.subscriptions.nodes ?? [];
  const subscription = own.data?.subscription;
  const listed = subscription && !nodes.some(({ id }) => id === subscription.id) ? [subscription, ...nodes] : nodes;
  const put = (part: Partial<Target>) => change({ ...target, ...part });
  return (
    <Stack gap={12}>
      <SegmentedControl size="xs" aria-label="Whom it is for" value={target.kind} onChange={(kind) => put({ kind: kind as Target["kind"] })} data={[{ value: "subscription", label: "A subscription" }, { value: "draft", label: "A draft", disabled: !may }]} />
      {target.kind === "subscription" ? (
        <>
          <NativeSelect label="Subscription" value={target.id} onChange={(event) => put({ id: event.currentTarget.value })}
            data={[{ value: "", label: listed.length > 0 ? "Choose one" : "There is none yet: try a draft" }, ...listed.map(({ id, description, endpoint, state }) => ({ value: id, label: `${description || endpoint}${state === "ACTIVE" ? "" : ` (${state.toLowerCase()})`}` }))]} />
          <Missed asked={asked} what="the subscriptions" />
          <Missed asked={own} what="the subscription" />
          {subscription ? <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>Wants <span className="hl-mono">{subscription.eventTypes.join(", ")}</span> at <span className="hl-mono">{subscription.endpoint}</span></Text> : null}
          {asked.data?.subscriptions.pageInfo.hasNextPage ? <Text size="xs" c="dimmed">The newest 50 are listed. Others have a button “Try it” on their page.</Text> : null}
        </>
      ) : (
        <>
          <TextInput label="URL" placeholder="https://example.com/hooks" inputMode="url" spellCheck={false} value={target.endpoint} onChange={(event) => put({ endpoint: event.currentTarget.value })} />
          <Missed asked={inboxes} what="your inboxes" />
          {(inboxes.data?.inboxes.length ?? 0) > 0 ? (
            <NativeSelect size="xs" label="Or one of your inboxes" value={inboxes.data?.inboxes.some(({ url }) => url === target.endpoint) ? target.endpoint : ""} onChange={(event) => put({ endpoint: event.currentTarget.value })}
              data={[{ value: "", label: "none" }, ...(inboxes.data?.inboxes ?? []).map(({ url, name }) => ({ value: url, label: name || url }))]} />
          ) : null}
          <Group grow align="flex-start">
            <TextInput label="Wants" placeholder={type || "benchmark.*"} spellCheck={false} value={target.types} onChange={(event) => put({ types: event.currentTarget.value })} />
            <NativeSelect label="Format" value={target.format} onChange={(event) => put({ format: event.currentTarget.value as DeliveryFormat })} data={Object.entries(FORMATS).map(([value, { label }]) => ({ value, label }))} />
          </Group>
          <div><Text size="sm" fw={500} mb={6}>Filter</Text><FilterBuilder value={target.filter} change={(filter) => put({ filter })} strict={false} error={undefined} /></div>
        </>
      )}
    </Stack>
  );
}
