// What was done to a subscription, by whom and when.
import { Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";

import { useAsk, useWritten } from "@/api/ask";
import { ActorName } from "@/ui/actor";
import { Code } from "@/ui/code";
import { Card } from "@/ui/layout";
import { Empty, Shown } from "@/ui/states";
import { Time } from "@/ui/time";

import { told, type Change } from "./history";
import { SubscriptionHistoryDocument } from "./subscriptions.generated";

/** `subscription.retry_policy_changed` for people. */
const words = (type: string) => {
  const text = type.replace(/^subscription\./, "").replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};

const NAMES: Record<string, string> = { endpoint: "Endpoint", event_types: "Event types", filter: "Filter", retry: "Retry policy", limits: "Limits", description: "Description", metadata: "Labels", format: "Format", verify_endpoint: "Ask the endpoint first" };

function BeforeAfter({ change: { setting, before, after } }: { change: Change }) {
  const text = (value: unknown) => (value === null || value === "" ? "(none)" : typeof value === "string" ? value : JSON.stringify(value, null, 2));
  return (
    <div className="hl-was" aria-label={NAMES[setting] ?? setting} role="group">
      <div><Text size="xs" c="dimmed">It was</Text><pre className="hl-code wrap">{text(before)}</pre></div>
      <div><Text size="xs" c="dimmed">It became</Text><pre className="hl-code wrap">{text(after)}</pre></div>
    </div>
  );
}

export function HistoryTab() {
  const { id } = useParams({ from: "/subscriptions/$id/history" });
  const asked = useAsk(SubscriptionHistoryDocument, { id, minPosition: useWritten() }, { keep: id });
  return (
    <Card title="Changes">
      <Shown asked={asked}>
        {({ subscription }) => {
          const records = subscription?.history.entries ?? [];
          const says = told(records);
          const entries = records.map((entry, index) => ({ ...entry, says: says[index] })).reverse();
          if (entries.length === 0) return <Empty title="No changes" />;
          return (
            <>
              <ol className="hl-timeline">
                {entries.map((entry) => (
                  <li key={entry.version}>
                    <span className="dot hl-info"><IconHistory size={12} aria-hidden /></span>
                    <Text size="sm" component="div"><b>{words(entry.type)}</b> by <ActorName actor={entry.actor} />, <Time at={entry.at} /> <span style={{ color: "var(--hl-muted)" }}>version {entry.version}</span></Text>
                    {entry.says?.note ? <Text size="sm" mt={2}>{entry.says.note}</Text> : null}
                    {entry.says?.changes.map((change) => <BeforeAfter key={change.setting} change={change} />)}
                    <details style={{ marginTop: 6 }}>
                      <summary style={{ cursor: "pointer", fontSize: 13, color: "var(--hl-muted)" }}>What was recorded</summary>
                      <div style={{ marginTop: 8 }}><Code text={JSON.stringify(entry.details)} json label={`details of version ${entry.version}`} /></div>
                    </details>
                  </li>
                ))}
              </ol>
              {subscription?.history.more ? <Text size="sm" c="dimmed">There is more; the API gives all of it.</Text> : null}
            </>
          );
        }}
      </Shown>
    </Card>
  );
}
