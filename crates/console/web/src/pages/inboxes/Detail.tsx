// One inbox: what arrives, as it arrives.
import { Alert, Anchor, Button, Group, Menu, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconDots, IconFlask, IconInbox, IconPencil, IconPlus } from "@tabler/icons-react";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";

import { tell, tellRefusals, useAct, useAsk } from "@/api/ask";
import { useAskOnceLive } from "@/api/awaited";
import { bytes } from "@/pages/events/bytes";
import { useMay } from "@/shell/viewer";
import { Code } from "@/ui/code";
import { Confirm } from "@/ui/confirm";
import { Copy } from "@/ui/copy";
import { Headers } from "@/ui/headers";
import { Card, Facts, Page } from "@/ui/layout";
import { NewBar } from "@/ui/live";
import { Empty, Gone, Shown } from "@/ui/states";
import { Answer, Status } from "@/ui/status";
import { Countdown, duration, Time } from "@/ui/time";

import { EditInbox } from "./Edit";
import { ClearInboxDocument, DeleteInboxDocument, InboxPageDocument, type InboxPartsFragment, type InboxRequestPartsFragment } from "./inboxes.generated";
import { sentenceOf } from "./script";
import { useInboxFeed } from "./useInboxFeed";
import { Verdict } from "./Verdict";

export function InboxDetail() {
  const { id } = useParams({ from: "/inboxes/$id" });
  const asked = useAsk(InboxPageDocument, { id }, { keep: id });
  useAskOnceLive(asked);
  return <Shown asked={asked} page="Inbox">{({ inbox }) => inbox ? <Body key={id} inbox={inbox} asked={inbox.requests} again={asked.again} /> : <Gone what="inbox" icon={IconInbox}>Inboxes live in the memory of the server: this one has come to its end, or the server was started anew. Make another, and give its address to the subscription that delivered to this one.</Gone>}</Shown>;
}

function Body({ inbox, asked, again }: { inbox: InboxPartsFragment; asked: readonly InboxRequestPartsFragment[]; again: () => void }) {
  const search = useSearch({ from: "/inboxes/$id" });
  const navigate = useNavigate({ from: "/inboxes/$id" });
  const requests = useInboxFeed(inbox.id, asked, again);
  const over = useRef(false);
  const [seen, setSeen] = useState(Number.POSITIVE_INFINITY);
  // News wait while somebody points at the list, so that nothing jumps under the mouse.
  const newest = requests[0]?.number ?? 0;
  const held = over.current ? requests.filter(({ number }) => number <= seen) : requests;
  const chosen = requests.find(({ number }) => String(number) === search.request) ?? held[0];
  return (
    <Page title={inbox.name || "Inbox"} back={<Anchor component={Link} to="/inboxes" size="sm">Inboxes</Anchor>} actions={<Actions inbox={inbox} again={again} />}
      about={<Group gap={8} mt={4}><span className="hl-chip"><span className="hl-truncate">{inbox.url}</span><Copy value={inbox.url} label="address" /></span><span>goes away <Countdown to={inbox.expiresAt} /></span></Group>}>
      <Text size="sm">It answers <b>{sentenceOf(inbox.responses)}</b>.</Text>
      {requests.length === 0 ? (
        <Card><Empty icon={IconInbox} title="Nothing has arrived yet">What arrives is shown here by itself. Use the address above as the endpoint of a subscription, then publish an event.</Empty></Card>
      ) : (
        <div className="hl-list-detail">
          <section className="hl-card" aria-label="Requests" onPointerEnter={() => { over.current = true; setSeen(newest); }} onPointerLeave={() => { over.current = false; setSeen(Number.POSITIVE_INFINITY); }}>
            <NewBar count={requests.length - held.length} what="request" show={() => setSeen(newest)} />
            <ul className="hl-choices">
              {held.map((request) => (
                <li key={request.number}>
                  <UnstyledButton aria-current={request === chosen || undefined} onClick={() => void navigate({ search: { request: String(request.number) }, replace: true })}>
                    <span><b>#{request.number}</b> <span className="hl-mono">{typeOf(request)}</span></span>
                    <span><Verdict verdict={request.signature.verdict} /> <Answer status={request.response.status} />{testOf(request) ? <> <TestMark /></> : null}</span>
                    <Text size="xs" c="dimmed" component="span"><Time at={request.receivedAt} /></Text>
                  </UnstyledButton>
                </li>
              ))}
            </ul>
          </section>
          {chosen ? <Request request={chosen} /> : null}
        </div>
      )}
    </Page>
  );
}

/** What it tells of: the delivery may not be in the views yet, but the request says it, too. */
function typeOf({ delivery, headers, bodyText, method }: InboxRequestPartsFragment): string {
  if (delivery) return delivery.eventType;
  const said = headers.find(({ name }) => name.toLowerCase() === "ce-type")?.value;
  if (said) return said;
  try {
    const { type } = JSON.parse(bodyText ?? "null") as { type?: unknown };
    return typeof type === "string" ? type : method;
  } catch {
    return method;
  }
}

/** The id of the test that was sent; of a delivery none. */
const testOf = ({ headers }: InboxRequestPartsFragment) => headers.find(({ name, value }) => name.toLowerCase() === "webhook-id" && value.startsWith("tst_"))?.value;

const TestMark = () => <Status tone="info" icon={IconFlask}>Test</Status>;

function Request({ request }: { request: InboxRequestPartsFragment }) {
  const { delivery, signature, response, bodyText } = request;
  const test = testOf(request);
  return (
    <Card title={`Request ${request.number}`} aside={<Verdict verdict={signature.verdict} />}>
      <Stack gap={14}>
        {signature.verdict === "VALID" ? null : <Alert color={signature.verdict === "INVALID" ? "red" : "yellow"} variant="light">{signature.message}</Alert>}
        <Facts of={[
          ["Came", <Time at={request.receivedAt} />],
          ["Delivery", delivery ? <><Link to="/deliveries/$id" params={{ id: delivery.id }}>{delivery.eventType}</Link>{delivery.attemptCount > 1 ? `, ${delivery.attemptCount} attempts so far` : ""}</> : null],
          ["Test", test ? <><TestMark /> <Link to="/tests/$id" params={{ id: test }}>sent from the playground</Link></> : null],
          ["Subscription", signature.subscriptionId ? <Link to="/subscriptions/$id" params={{ id: signature.subscriptionId }}>the one whose secret verifies it</Link> : null],
          ["Answered with", <>{response.status}{response.delayMs > 0 ? ` after ${duration(response.delayMs)}` : ""}</>],
          ["Body", bytes(request.bodyBytes)],
        ]} />
        <Headers headers={request.headers.map(({ name, value }) => [name, value])} label="request headers" />
        {bodyText != null ? (bodyText ? <Code text={bodyText} json label="request body" searchable={bodyText.length > 2000} /> : <Text size="sm" c="dimmed">The body was empty.</Text>) : <Code text={request.bodyBase64} wrap label="request body in base64" />}
      </Stack>
    </Card>
  );
}

function Actions({ inbox, again }: { inbox: InboxPartsFragment; again: () => void }) {
  const may = useMay("MANAGE");
  const navigate = useNavigate();
  const clear = useAct(ClearInboxDocument);
  const remove = useAct(DeleteInboxDocument);
  const { change, ...search } = useSearch({ from: "/inboxes/$id" });
  const [deleting, setDeleting] = useState(false);
  const edit = (on: boolean) => void navigate({ to: "/inboxes/$id", params: { id: inbox.id }, search: { ...search, change: on ? "responses" : undefined }, replace: true, resetScroll: false });
  if (!may) return null;
  const empty = async () => {
    const outcome = await clear.act({ input: { id: inbox.id } });
    if (!outcome.ok) return tellRefusals(outcome.refusals);
    tell("Emptied");
    again();
  };
  return (
    <>
      <Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => edit(true)}>Responses</Button>
      <Menu position="bottom-end" width={180}>
        <Menu.Target><Button variant="default" px={10} aria-label="More actions"><IconDots size={18} /></Button></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void empty()}>Empty it</Menu.Item>
          <Menu.Item color="red" onClick={() => setDeleting(true)}>Delete…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Button leftSection={<IconPlus size={16} />} component={Link} to="/subscriptions/new" search={{ endpoint: inbox.url } as never}>Subscribe it</Button>
      {change === "responses" ? <EditInbox inbox={inbox} close={() => edit(false)} done={again} /> : null}
      {deleting ? (
        <Confirm title="Delete this inbox?" action="Delete" danger close={() => setDeleting(false)} run={async () => {
          const outcome = await remove.act({ input: { id: inbox.id } });
          if (!outcome.ok) return outcome.refusals;
          tell("Deleted");
          void navigate({ to: "/inboxes" });
          return [];
        }}>What it has received is gone. What subscriptions deliver to it from then on is answered with 404.</Confirm>
      ) : null}
    </>
  );
}
