// Every subscription: what it is for, where it goes, how it fares.
import { Button, Group, NativeSelect, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconPlus, IconSearch, IconWebhook } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { useAsk, useWritten } from "@/api/ask";
import type { SubscriptionState } from "@/api/schema.generated";
import { useMay } from "@/shell/viewer";
import { Card, Page, Table } from "@/ui/layout";
import { pageArguments, Pager } from "@/ui/pager";
import { Empty, Shown } from "@/ui/states";
import { Answer, SUBSCRIPTION_STATES, SubscriptionBadge, subscriptionLabel } from "@/ui/status";
import { Time } from "@/ui/time";

import { Strip } from "./Strip";
import { SubscriptionsDocument, type SubscriptionRowFragment } from "./subscriptions.generated";

export function SubscriptionList() {
  const search = useSearch({ from: "/subscriptions" });
  const navigate = useNavigate({ from: "/subscriptions" });
  const may = useMay("MANAGE");
  const [text, setText] = useState(search.q ?? "");
  const find = useDebouncedCallback((q: string) => void navigate({ search: { ...search, q: q || undefined, after: undefined, before: undefined }, replace: true }), 250);
  const state = SUBSCRIPTION_STATES.find((one) => one === search.state);
  const filter = { search: search.q?.trim() || null, states: state ? [state] : null };
  const asked = useAsk(SubscriptionsDocument, { filter, ...pageArguments(search), minPosition: useWritten() }, { keep: "list" });
  const filtered = search.q !== undefined || state !== undefined;
  const create = may ? <Button component={Link} to="/subscriptions/new" leftSection={<IconPlus size={16} />}>New subscription</Button> : null;
  return (
    <Page title="Subscriptions" about="Which events go where, signed how, tried how often." actions={create}>
      <Card pad={false}>
        <Group p={12} gap={10} style={{ borderBottom: "1px solid var(--hl-line)" }}>
          <TextInput aria-label="Search endpoint and description" placeholder="Search endpoint and description" leftSection={<IconSearch size={16} />} value={text} style={{ flex: "1 1 220px", maxWidth: 420 }}
            onChange={(event) => { setText(event.currentTarget.value); find(event.currentTarget.value); }} />
          <NativeSelect aria-label="State" value={state ?? ""} onChange={(event) => void navigate({ search: { ...search, state: event.currentTarget.value || undefined, after: undefined, before: undefined } })}
            data={[{ value: "", label: "Any state" }, ...SUBSCRIPTION_STATES.map((value: SubscriptionState) => ({ value, label: subscriptionLabel(value) }))]} />
        </Group>
        <Shown asked={asked}>
          {({ subscriptions: { nodes, pageInfo } }) => nodes.length === 0 ? (
            filtered ? <Empty icon={IconSearch} title="No subscription is like that" action={<Button variant="default" onClick={() => { setText(""); void navigate({ search: {} }); }}>Show all</Button>} />
              : <Empty icon={IconWebhook} title="No subscriptions yet" action={create}>A subscription says which events go to which endpoint. <Link to="/start">Three steps</Link> lead to a first delivery.</Empty>
          ) : (
            <>
              <Table wide label="Subscriptions" head={<><th>Subscription</th><th>State</th><th>Events</th><th>Last 24 hours</th><th>Last answer</th><th className="num">Dead letters</th></>}>
                {nodes.map((subscription) => <Row key={subscription.id} subscription={subscription} />)}
              </Table>
              <Pager info={pageInfo} place={search} shown={nodes.length} go={(place) => void navigate({ search: { q: search.q, state: search.state, ...place } })} />
            </>
          )}
        </Shown>
      </Card>
    </Page>
  );
}

function Row({ subscription }: { subscription: SubscriptionRowFragment }) {
  const { id, endpoint, description, eventTypes, state, failingSince, lastAttempt, deadLetterCount } = subscription;
  return (
    <tr>
      <td style={{ maxWidth: 270 }}>
        <Link className="hl-rowlink hl-clamp" to="/subscriptions/$id" params={{ id }}>{description || endpoint}</Link>
        {description ? <Text size="xs" c="dimmed" className="hl-mono hl-truncate" title={endpoint}>{endpoint}</Text> : null}
      </td>
      <td className="tight"><SubscriptionBadge state={state} failing={failingSince != null} /></td>
      <td style={{ maxWidth: 170 }}><span className="hl-mono hl-truncate" title={eventTypes.join(", ")}>{eventTypes.join(", ")}</span></td>
      <td className="tight"><Strip hours={subscription.sparkline} /></td>
      <td className="tight">
        {lastAttempt ? <><Answer status={lastAttempt.status} errorClass={lastAttempt.errorClass} /><Text size="xs" c="dimmed"><Time at={lastAttempt.at} /></Text></> : <Text size="xs" c="dimmed">never tried</Text>}
      </td>
      <td className="num">{deadLetterCount > 0 ? <Link to="/deliveries" search={{ subscription: id, state: "DEAD_LETTERED" }}>{deadLetterCount.toLocaleString()}</Link> : <span style={{ color: "var(--hl-muted)" }}>0</span>}</td>
    </tr>
  );
}
