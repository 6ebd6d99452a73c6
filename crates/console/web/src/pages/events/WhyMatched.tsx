// For each subscription, whether an event matched it, and why or why not.
import { Button, Group, Text } from "@mantine/core";
import { IconCheck, IconMinus, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { useAsk } from "@/api/ask";
import type { MatchVerdict } from "@/api/schema.generated";
import { accepts } from "@/pages/subscriptions/typeTree";
import { Card } from "@/ui/layout";
import { Missed, Shown } from "@/ui/states";
import { Status } from "@/ui/status";

import { ExplainDocument, SubscriptionsToExplainDocument } from "./events.generated";

export const VERDICTS: Record<MatchVerdict, string> = {
  MATCHED: "Matched", NOT_YET_CREATED: "Did not exist yet", DISABLED: "Was disabled", DELETED: "Was deleted", TYPE_NOT_WANTED: "Type not wanted", FILTERED: "Filtered out",
};

export function WhyMatched({ eventId, eventType, acceptedAt }: { eventId: string; eventType: string; acceptedAt: string }) {
  const [after, setAfter] = useState<string | null>(null);
  const asked = useAsk(SubscriptionsToExplainDocument, { after }, { keep: "explain" });
  return (
    <Card title="Why it matched, or not" pad={false}>
      <Shown asked={asked} rows={4}>
        {({ subscriptions: { nodes, pageInfo } }) => {
          const later = nodes.filter(({ createdAt }) => createdAt > acceptedAt);
          // Those that want the type come first: they are what somebody looks for.
          const asked = nodes.filter((one) => !later.includes(one)).sort((one, other) => Number(wants(other, eventType)) - Number(wants(one, eventType)));
          return (
          <>
            {nodes.length === 0 ? <Text size="sm" c="dimmed" p={16}>There is no subscription.</Text> : null}
            <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
              {asked.map((subscription) => <Why key={subscription.id} eventId={eventId} eventType={eventType} subscription={subscription} />)}
            </ul>
            {later.length > 0 ? <Later subscriptions={later} /> : null}
            {pageInfo.hasNextPage || after ? (
              <Group p={12} justify="flex-end">
                {after ? <Button size="compact-sm" variant="subtle" onClick={() => setAfter(null)}>First ones</Button> : null}
                {pageInfo.hasNextPage ? <Button size="compact-sm" variant="default" onClick={() => setAfter(pageInfo.endCursor ?? null)}>More subscriptions</Button> : null}
              </Group>
            ) : null}
          </>
          );
        }}
      </Shown>
    </Card>
  );
}

interface Subscription { id: string; endpoint: string; description: string; eventTypes: readonly string[] }

const wants = ({ eventTypes }: Subscription, type: string) => eventTypes.some((pattern) => accepts(pattern, type));

/** Those that did not exist when the event was accepted: nothing more is to be said of them. */
function Later({ subscriptions }: { subscriptions: readonly Subscription[] }) {
  return (
    <details style={{ padding: "12px 16px", fontSize: 13.5 }}>
      <summary style={{ color: "var(--hl-muted)" }}>{subscriptions.length === 1 ? "One subscription was" : `${subscriptions.length} subscriptions were`} made after the event</summary>
      <ul className="hl-plain" style={{ marginTop: 8 }}>
        {subscriptions.map(({ id, description, endpoint }) => <li key={id}><Link to="/subscriptions/$id" params={{ id }} style={{ overflowWrap: "anywhere" }}>{description || endpoint}</Link></li>)}
      </ul>
    </details>
  );
}

function Why({ eventId, eventType, subscription }: { eventId: string; eventType: string; subscription: Subscription }) {
  const asked = useAsk(ExplainDocument, { event: eventId, subscription: subscription.id }, { keep: subscription.id });
  const why = asked.data?.matchExplanation;
  return (
    <li style={{ padding: "12px 16px", borderBottom: "1px solid var(--hl-line)" }}>
      <Group justify="space-between" gap={10} wrap="nowrap" align="flex-start">
        <Link className="hl-rowlink" to="/subscriptions/$id" params={{ id: subscription.id }} style={{ overflowWrap: "anywhere", fontSize: 14 }}>{subscription.description || subscription.endpoint}</Link>
        {why ? <Status tone={why.matched ? "good" : "idle"} icon={why.matched ? IconCheck : IconX}>{VERDICTS[why.verdict]}</Status> : null}
      </Group>
      <Missed asked={asked} what="why" />
      {why?.verdict === "TYPE_NOT_WANTED" ? <Text size="sm" c="dimmed" mt={4}>It wants <span className="hl-mono">{subscription.eventTypes.join(", ")}</span>, not <span className="hl-mono">{eventType}</span>.</Text> : null}
      {why?.filter ? <div style={{ marginTop: 8 }}><Clauses clause={why.filter as Explained} /></div> : null}
      {why?.matched && why.filter == null ? <Text size="sm" c="dimmed" mt={4}>The type is wanted, and there is no filter.</Text> : null}
      {why?.notCastable && why.typeMatched ? <Text size="sm" c="var(--hl-bad)" mt={4}>It cannot be cast to version {why.seenVersion}: {why.notCastable}</Text> : null}
      {why?.deliveryId ? <Text size="sm" mt={4}><Link to="/deliveries/$id" params={{ id: why.deliveryId }}>Its delivery</Link></Text> : null}
    </li>
  );
}

/** A clause with its answer, as `matchExplanation` gives it. */
export interface Explained { matched: boolean; sentence: string; kind: string; clauses?: Explained[]; clause?: Explained }

export function Clauses({ clause }: { clause: Explained }) {
  const inner = clause.clauses ?? (clause.clause ? [clause.clause] : []);
  const words = { and: clause.matched ? "All of these hold" : "Not all of these hold", or: clause.matched ? "One of these holds" : "None of these holds", not: "Turned around" }[clause.kind];
  return (
    <div style={{ fontSize: 13.5 }}>
      <span style={{ display: "inline-flex", gap: 6, alignItems: "baseline" }}>
        {clause.matched ? <IconCheck size={14} color="var(--hl-good)" aria-label="holds" style={{ transform: "translateY(2px)" }} /> : inner.length > 0 ? <IconMinus size={14} color="var(--hl-muted)" aria-label="does not hold" style={{ transform: "translateY(2px)" }} /> : <IconX size={14} color="var(--hl-bad)" aria-label="does not hold" style={{ transform: "translateY(2px)" }} />}
        <span style={{ overflowWrap: "anywhere" }}>{inner.length > 0 && words ? words : clause.sentence}</span>
      </span>
      {inner.length > 0 ? <ul className="hl-tree" style={{ marginLeft: 6 }}>{inner.map((one, index) => <li key={index}><Clauses clause={one} /></li>)}</ul> : null}
    </div>
  );
}
