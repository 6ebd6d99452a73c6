// Three steps to a first delivery, each of them real. What was done is kept in the address, so that nothing is lost by a reload.
import { Alert, Button, Group, SegmentedControl, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconCheck, IconPlayerPlay, IconSend, IconWebhook } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { useSubscription } from "urql";

import { noteWritten, useAct, useAsk, useWritten, type Refusal } from "@/api/ask";
import { DeliveriesDocument, DeliveryFeedDocument } from "@/pages/deliveries/deliveries.generated";
import { DeliveryTable } from "@/pages/deliveries/DeliveryTable";
import { PublishEventsDocument } from "@/pages/events/events.generated";
import { CreateInboxDocument, InboxPageDocument } from "@/pages/inboxes/inboxes.generated";
import { useInboxFeed } from "@/pages/inboxes/useInboxFeed";
import { Verdict } from "@/pages/inboxes/Verdict";
import { ShownOnce, type NewSecret } from "@/pages/subscriptions/Secret";
import { CreateSubscriptionDocument } from "@/pages/subscriptions/subscriptions.generated";
import { SampleOfTypeDocument } from "@/pages/types/types.generated";
import { useViewer } from "@/shell/viewer";
import { Code } from "@/ui/code";
import { Page } from "@/ui/layout";
import { Loading, Missed, Shown } from "@/ui/states";

const TYPE = "benchmark.completed";

export function Start() {
  const { viewer } = useViewer();
  const search = useSearch({ from: "/start" });
  const navigate = useNavigate({ from: "/start" });
  const put = (part: typeof search) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const lacks = (["MANAGE", "PUBLISH", "READ"] as const).filter((scope) => !viewer.scopes.includes(scope));
  return (
    <Page title="Three steps to a first delivery" about="Everything here is real, and can be deleted again afterwards.">
      {lacks.length > 0 ? <Alert color="yellow" variant="light">This needs a key that may {lacks.map((scope) => scope.toLowerCase()).join(", ")}; yours may not.</Alert> : null}
      <Stack gap={16} maw={860}>
        <Step number={1} title="Make a subscription" done={Boolean(search.subscription)} open={lacks.length === 0}>
          <MakeSubscription made={put} subscription={search.subscription} />
        </Step>
        <Step number={2} title="Send a sample event" done={Boolean(search.event)} open={Boolean(search.subscription)}>
          <SendSample sent={(event) => put({ event })} again={Boolean(search.event)} />
        </Step>
        <Step number={3} title="Watch it arrive" done={false} open={Boolean(search.event)}>
          {search.subscription ? <Arrivals subscriptionId={search.subscription} inboxId={search.inbox} /> : null}
        </Step>
      </Stack>
    </Page>
  );
}

function Step({ number, title, done, open, children }: { number: number; title: string; done: boolean; open: boolean; children: ReactNode }) {
  return (
    <section className="hl-card" aria-current={open && !done ? "step" : undefined}>
      <div className="hl-card-body">
        <Group gap={14} wrap="nowrap" align="flex-start">
          <span className={`hl-status ${done ? "hl-good" : open ? "hl-info" : "hl-idle"}`} style={{ width: 30, height: 30, justifyContent: "center", padding: 0, fontSize: 14 }}>{done ? <IconCheck size={16} aria-label="done" /> : number}</span>
          <div style={{ flex: 1, minWidth: 0 }}>
            <Title order={2} mb={8}>{title}</Title>
            {open || done ? children : <Text size="sm" c="dimmed">After the step before.</Text>}
          </div>
        </Group>
      </div>
    </section>
  );
}

type Made = { subscription: string; inbox?: string };

function MakeSubscription({ made, subscription }: { made: (made: Made) => void; subscription: string | undefined }) {
  const [where, setWhere] = useState("inbox");
  const [endpoint, setEndpoint] = useState("");
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const [fresh, setFresh] = useState<NewSecret | null>(null);
  const inbox = useAct(CreateInboxDocument);
  const create = useAct(CreateSubscriptionDocument);
  const toInbox = where === "inbox";
  const run = async () => {
    const receiver = toInbox ? await inbox.act({ input: { name: "My first inbox" } }) : null;
    if (receiver && !receiver.ok) return setRefusals(receiver.refusals);
    const there = receiver?.payload.inbox;
    const outcome = await create.act({ input: { endpoint: there?.url ?? endpoint.trim(), eventTypes: ["benchmark.*"], description: "My first subscription", active: true, format: "STANDARD_WEBHOOKS", verifyEndpoint: false } });
    if (!outcome.ok) return setRefusals(outcome.refusals);
    const id = outcome.payload.subscription?.id;
    if (id) made({ subscription: id, ...(there ? { inbox: there.id } : {}) });
    if (!toInbox && outcome.payload.secret) setFresh(outcome.payload.secret);
    setRefusals([]);
  };
  if (subscription) {
    return (
      <>
        <Text size="sm">It wants <span className="hl-mono">benchmark.*</span>. <Link to="/subscriptions/$id" params={{ id: subscription }}>Look at it</Link></Text>
        {fresh ? <ShownOnce secret={fresh} title="The secret of the subscription" close={() => setFresh(null)} /> : null}
      </>
    );
  }
  const atField = refusals.find(({ field }) => field === "input.endpoint")?.message;
  return (
    <Stack gap={12}>
      <Text size="sm" c="dimmed">It says which events go where. This one takes <span className="hl-mono">benchmark.*</span>.</Text>
      <SegmentedControl size="xs" aria-label="Where to" value={where} onChange={setWhere} data={[{ value: "inbox", label: "To an inbox in this server" }, { value: "own", label: "To a URL of mine" }]} style={{ alignSelf: "flex-start" }} />
      <Group align="flex-end" gap={10}>
        {toInbox ? <Text size="sm" style={{ flex: "1 1 280px" }}>A throw-away receiver that shows what arrives and checks the signature.</Text>
          : <TextInput label="Endpoint" placeholder="https://example.com/hooks" value={endpoint} onChange={(event) => setEndpoint(event.currentTarget.value)} style={{ flex: "1 1 280px" }} error={atField} />}
        <Button leftSection={<IconWebhook size={16} />} onClick={() => void run()} loading={inbox.busy || create.busy} disabled={!toInbox && endpoint.trim() === ""}>Make the subscription</Button>
      </Group>
      {refusals.filter(({ field }) => toInbox || field !== "input.endpoint").map(({ message }) => <Text key={message} size="sm" c="var(--hl-bad)" role="alert">{message}</Text>)}
    </Stack>
  );
}

function SendSample({ sent, again }: { sent: (id: string) => void; again: boolean }) {
  const { act, busy } = useAct(PublishEventsDocument);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const asked = useAsk(SampleOfTypeDocument, { name: TYPE, number: null, which: 0 }, { keep: TYPE });
  const newest = asked.data?.eventType?.atVersion;
  const sample = JSON.stringify(newest?.examples[0] ?? newest?.sample ?? {});
  const run = async () => {
    const outcome = await act({ input: { events: [{ type: TYPE, version: newest?.number ?? 1, source: "/console/start", dataText: sample }] } });
    if (!outcome.ok) return setRefusals(outcome.refusals);
    noteWritten(outcome.payload.position);
    const id = outcome.payload.events[0]?.id;
    if (id) sent(id);
  };
  return (
    <Stack gap={12}>
      <Text size="sm" c="dimmed">An example of <Link to="/event-types/$name" params={{ name: TYPE }} className="hl-mono">{TYPE}</Link>, as the catalogue has it.</Text>
      <Shown asked={asked} rows={4}>{() => <Code text={sample} json label="sample event" />}</Shown>
      <Group><Button leftSection={<IconPlayerPlay size={16} />} onClick={() => void run()} loading={busy} disabled={!asked.data} variant={again ? "default" : "filled"}>{again ? "Send another" : "Send the event"}</Button></Group>
      {refusals.map(({ message }) => <Text key={message} size="sm" c="var(--hl-bad)" role="alert">{message}</Text>)}
    </Stack>
  );
}

function Arrivals({ subscriptionId, inboxId }: { subscriptionId: string; inboxId: string | undefined }) {
  const asked = useAsk(DeliveriesDocument, { filter: { subscriptionId }, first: 5, counted: false, minPosition: useWritten() }, { keep: subscriptionId });
  const { again } = asked;
  useSubscription({ query: DeliveryFeedDocument, variables: { filter: { subscriptionId } } }, (_, data) => {
    again();
    return data;
  });
  const deliveries = asked.data?.deliveries.nodes ?? [];
  const arrived = deliveries.some(({ state }) => state === "DELIVERED");
  const failed = !arrived && deliveries.some(({ lastStatus, lastErrorClass }) => lastStatus != null || lastErrorClass != null);
  return (
    <Stack gap={12} aria-live="polite">
      <Missed asked={asked} what="its deliveries" />
      {deliveries.length === 0 ? (asked.error ? null : <Loading rows={1} />) : <DeliveryTable deliveries={deliveries} label="Deliveries of your subscription" brief ofOne />}
      {inboxId ? <InboxArrivals inboxId={inboxId} /> : null}
      {arrived ? (
        <Alert color="green" variant="light" icon={<IconCheck size={18} />} title="It arrived">
          {inboxId ? "The inbox has it. " : "The endpoint answered 2xx. "}Open the delivery above to see the request, the answer and how long each part took.
        </Alert>
      ) : null}
      {failed ? <Alert color="yellow" variant="light" icon={<IconSend size={18} />} title="The endpoint did not take it">Open the delivery to see what came back. It is tried again by itself.</Alert> : null}
      {arrived || failed ? (
        <Group gap={10}>
          <Button component={Link} to="/">To the overview</Button>
          {inboxId ? <Button variant="default" component={Link} to="/inboxes/$id" params={{ id: inboxId } as never}>Make it fail</Button> : null}
          <Button variant="default" component={Link} to="/subscriptions/new">A subscription of your own</Button>
        </Group>
      ) : null}
    </Stack>
  );
}

function InboxArrivals({ inboxId }: { inboxId: string }) {
  const asked = useAsk(InboxPageDocument, { id: inboxId }, { keep: inboxId });
  const [newest] = useInboxFeed(inboxId, asked.data?.inbox?.requests ?? [], asked.again);
  if (asked.error) return <Missed asked={asked} what="the inbox" />;
  if (!newest) return null;
  return (
    <Group gap={8}>
      <Text size="sm">In the inbox: <Link to="/inboxes/$id" params={{ id: inboxId }} search={{ request: String(newest.number) }}>request {newest.number}</Link></Text>
      <Verdict verdict={newest.signature.verdict} />
      <Text size="sm" c="dimmed">answered {newest.response.status}</Text>
    </Group>
  );
}
