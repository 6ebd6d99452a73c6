// One delivery: what happened to it, attempt by attempt, and what can be done.
import { Alert, Anchor, Button, Group, Stack, Tabs, Text } from "@mantine/core";
import { IconBan, IconCheck, IconClock, IconKeyOff, IconMessageCircle, IconRefresh, IconSend, IconSkull, IconX, type Icon } from "@tabler/icons-react";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useSubscription } from "urql";

import { tell, useAct, useAsk, useWritten } from "@/api/ask";
import { useAskOnceLive } from "@/api/awaited";
import { VerifySnippets } from "@/pages/subscriptions/VerifySnippets";
import { useMay } from "@/shell/viewer";
import { ActorName } from "@/ui/actor";
import { Code } from "@/ui/code";
import { Confirm } from "@/ui/confirm";
import { CopyAs, IdChip } from "@/ui/copy";
import { Headers } from "@/ui/headers";
import { Card, Facts, Page } from "@/ui/layout";
import { Empty, Gone, Missed, Shown } from "@/ui/states";
import { Answer, DeliveryBadge, type Tone } from "@/ui/status";
import { Countdown, duration, Time } from "@/ui/time";

import { AttemptRequestDocument, CancelDeliveryDocument, DeliveryFeedDocument, DeliveryPageDocument, RetryDeliveryDocument, type AttemptRequestQuery, type DeliveryPageQuery } from "./deliveries.generated";
import { REASONS } from "./reasons";
import { asCurl, asVariables, type Made } from "./request";
import { Waterfall } from "./Waterfall";

type Delivery = NonNullable<DeliveryPageQuery["delivery"]>;
type Entry = Delivery["history"]["entries"][number];
type Attempt = NonNullable<Entry["attempt"]>;

export function DeliveryDetail() {
  const { id } = useParams({ from: "/deliveries/$id" });
  const asked = useAsk(DeliveryPageDocument, { id, minPosition: useWritten() }, { keep: id });
  const eventId = asked.data?.delivery?.eventId;
  useAskOnceLive(asked);
  const { again } = asked;
  // One event has few deliveries: what happens to this one is told by the feed of them.
  useSubscription({ query: DeliveryFeedDocument, variables: { filter: { eventId: eventId ?? null } }, pause: !eventId }, (_, data) => {
    const item = data.deliveryChanges;
    if (item.__typename === "FeedLagged" || item.delivery.id === id) again();
    return data;
  });
  return (
    <Shown asked={asked} rows={8} page="Delivery">
      {({ delivery }) => delivery ? <Body key={id} delivery={delivery} /> : <Gone what="delivery" />}
    </Shown>
  );
}

function Body({ delivery }: { delivery: Delivery }) {
  const entries = delivery.history.entries;
  const attempts = entries.flatMap((entry) => (entry.attempt ? [{ entry, attempt: entry.attempt }] : []));
  const search = useSearch({ from: "/deliveries/$id" });
  const navigate = useNavigate({ from: "/deliveries/$id" });
  const put = (part: typeof search) => void navigate({ search: { ...search, ...part }, replace: true, resetScroll: false });
  const shown = attempts.find((one) => String(one.attempt.number) === search.attempt) ?? attempts.at(-1);
  const { subscription } = delivery;
  return (
    <Page title={`Delivery of ${delivery.eventType}`} heading={<span className="hl-mono" style={{ fontSize: "0.95em" }}>{delivery.eventType}</span>}
      back={<Anchor component={Link} to="/deliveries" size="sm">Deliveries</Anchor>}
      about={<Group gap={8} mt={4}><DeliveryBadge state={delivery.state} /><IdChip id={delivery.id} whole /><span>to</span><Anchor component={Link} to="/subscriptions/$id" params={{ id: delivery.subscriptionId } as never} inherit underline="always">{subscription?.description || subscription?.endpoint || delivery.subscriptionId}</Anchor></Group>}
      actions={<Actions delivery={delivery} />}>
      {delivery.state === "DEAD_LETTERED" && delivery.deadLetterReason ? (
        <Alert color="red" variant="light" icon={<IconSkull size={18} />} title="A dead letter">It is not attempted again unless somebody asks, because {REASONS[delivery.deadLetterReason]}.</Alert>
      ) : null}
      {delivery.cancellation ? (
        <Alert color="gray" variant="light" icon={<IconBan size={18} />} title={delivery.deadLetterReason ? "A dead letter that was discarded" : "Cancelled"}>
          <Time at={delivery.cancellation.at} />, by <ActorName actor={delivery.cancellation.actor} />{delivery.cancellation.note ? `: “${delivery.cancellation.note}”` : ""}{delivery.deadLetterReason ? `. It was a dead letter because ${REASONS[delivery.deadLetterReason]}.` : ""}
        </Alert>
      ) : null}
      {delivery.nextAttemptAt ? (
        <Alert color="yellow" variant="light" icon={<IconClock size={18} />} title={<>The next attempt: <Countdown to={delivery.nextAttemptAt} /></>}>
          {whyItWaits(delivery)}
        </Alert>
      ) : null}
      <div className="hl-main-aside">
        <Stack gap={16}>
          {shown ? <AttemptCard {...shown} delivery={delivery} count={attempts.length} part={search.part} look={(part) => put({ part: part === PARTS[0] ? undefined : part })} /> : (
            <Card><Empty icon={IconClock} title="No attempt yet">{subscription?.state === "PAUSED" ? "The subscription is paused; the delivery waits until it is resumed." : "It waits for its turn."}</Empty></Card>
          )}
        </Stack>
        <Stack gap={16}>
          <Card title="What happened">
            <ol className="hl-timeline">
              <li>
                <span className="dot hl-info"><IconSend size={11} aria-hidden /></span>
                <Text size="sm" component="div"><b>Accepted</b>, <Time at={delivery.createdAt} /></Text>
              </li>
              {entries.map((entry) => <EntryRow key={entry.version} entry={entry} active={entry.attempt !== null && entry.attempt?.number === shown?.attempt.number} choose={(number) => put({ attempt: String(number) })} />)}
              {delivery.nextAttemptAt ? <li><span className="dot hl-idle"><IconClock size={11} aria-hidden /></span><Text size="sm" component="div" c="dimmed">Next attempt <Countdown to={delivery.nextAttemptAt} /></Text></li> : null}
            </ol>
          </Card>
          <Card title="Facts">
            <Facts of={[
              ["Event", <IdChip id={delivery.eventId}><Link to="/events/$id" params={{ id: delivery.eventId }}>…{delivery.eventId.slice(-8)}</Link></IdChip>],
              ["Endpoint", <span className="hl-mono">{subscription?.endpoint}</span>],
              ["Attempts", delivery.attemptCount],
              ["Last change", <Time at={delivery.updatedAt} />],
            ]} />
          </Card>
        </Stack>
      </div>
    </Page>
  );
}

/** Why an attempt that is due may not be made yet. Whether a breaker is open the API does not tell. */
function whyItWaits({ subscription }: Delivery): string {
  if (subscription && subscription.state !== "ACTIVE") return "The subscription does not deliver at the moment, so it waits until it does.";
  if (subscription?.failingSince) return "Nearly all attempts to this endpoint fail, so it may be spared: then one attempt is made to see, 5 seconds to 5 minutes after the last, and the others wait until one succeeds. Nothing is used up of the retry policy meanwhile.";
  return "It may start later: as the limits of the subscription allow, or when the endpoint is spared for up to 5 minutes because nearly all attempts failed.";
}

const KINDS: Record<Entry["kind"], { label: string; icon: Icon; tone: Tone }> = {
  SCHEDULED: { label: "Scheduled", icon: IconClock, tone: "idle" },
  SUCCEEDED: { label: "Delivered", icon: IconCheck, tone: "good" },
  FAILED: { label: "Failed", icon: IconX, tone: "bad" },
  INTERRUPTED: { label: "Interrupted: the server stopped while it was under way", icon: IconX, tone: "warn" },
  DEAD_LETTERED: { label: "Became a dead letter", icon: IconSkull, tone: "bad" },
  RETRY_REQUESTED: { label: "Another attempt was asked for", icon: IconRefresh, tone: "info" },
  CANCELLED: { label: "Cancelled", icon: IconBan, tone: "idle" },
};

function EntryRow({ entry, active, choose }: { entry: Entry; active: boolean; choose: (attempt: number) => void }) {
  const { label, icon: Shape, tone } = KINDS[entry.kind];
  const { attempt } = entry;
  const byPeople = entry.actor.kind !== "ENGINE" && entry.actor.kind !== "SYSTEM";
  return (
    <li>
      <span className={`dot hl-${tone}`}><Shape size={11} stroke={2.4} aria-hidden /></span>
      {attempt ? (
        <Button variant={active ? "light" : "subtle"} color={active ? undefined : "gray"} fullWidth justify="flex-start" size="compact-sm" mt={-3} ml={-6} px={6} aria-pressed={active} onClick={() => choose(attempt.number)}
          rightSection={<Text size="xs" c="dimmed" component="span">{duration(attempt.phases.totalMs)}</Text>}>
          Attempt {attempt.number}&nbsp;<Answer status={attempt.response?.status} errorClass={attempt.failure?.class} />
        </Button>
      ) : <Text size="sm" component="div"><b>{label}</b></Text>}
      <Text size="xs" c="dimmed" component="div" mt={2}>
        <Time at={attempt?.startedAt ?? entry.at} />{attempt?.trigger === "MANUAL" ? ", asked for by hand" : ""}{byPeople ? <>, by <ActorName actor={entry.actor} /></> : null}
        {entry.deadLetterReason ? <>, because {REASONS[entry.deadLetterReason]}</> : null}
        {attempt?.retryAt ? <>, next planned for <Time at={attempt.retryAt} absolute /></> : null}
      </Text>
      {entry.note ? <Text size="sm" mt={2}><IconMessageCircle size={13} aria-hidden /> “{entry.note}”</Text> : null}
    </li>
  );
}

const PARTS = ["response", "request", "time", "verify"] as const;

interface AttemptCardProps { entry: Entry; attempt: Attempt; delivery: Delivery; count: number; part: string | undefined; look: (part: string | undefined) => void }

function AttemptCard({ entry, attempt, delivery, count, part, look }: AttemptCardProps) {
  const { response, failure } = attempt;
  return (
    <Card title={<>Attempt {attempt.number} <Text component="span" c="dimmed" size="sm" fw={400}>of {count}</Text></>} aside={<Answer status={response?.status} errorClass={failure?.class} />} pad={false}>
      <Tabs value={PARTS.find((one) => one === part) ?? PARTS[0]} onChange={(next) => look(next ?? undefined)} keepMounted={false}>
        <Tabs.List px={8}>
          <Tabs.Tab value="response">Response</Tabs.Tab>
          <Tabs.Tab value="request">Request</Tabs.Tab>
          <Tabs.Tab value="time">Time</Tabs.Tab>
          <Tabs.Tab value="verify">Verify</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="response" p={16}>
          {failure ? (
            <Stack gap={10}>
              <Text fw={560}>No response: <span className="hl-mono">{failure.class}</span></Text>
              <Text size="sm">{failure.message}</Text>
              <Facts of={[["Address", attempt.address ? <span className="hl-mono">{attempt.address}</span> : "not connected"], ["After", duration(attempt.phases.totalMs)]]} />
            </Stack>
          ) : response ? (
            <Stack gap={14}>
              <Facts of={[["Status", <b>{response.status}</b>], ["From", attempt.address ? <span className="hl-mono">{attempt.address}</span> : null], ["In", duration(attempt.phases.totalMs)]]} />
              <Headers headers={response.headers.map(({ name, value }) => [name, value])} label="response headers" />
              {response.body ? <Code text={response.body} json label="response body" searchable={response.body.length > 2000} /> : <Text size="sm" c="dimmed">The body was empty.</Text>}
              {response.truncated ? <Text size="sm" c="dimmed">There was more; at most 16 KiB are kept.</Text> : null}
            </Stack>
          ) : null}
        </Tabs.Panel>
        <Tabs.Panel value="request" p={16}>
          <Request key={attempt.number} delivery={delivery} entry={entry} attempt={attempt} />
        </Tabs.Panel>
        <Tabs.Panel value="time" p={16}><Waterfall phases={attempt.phases} /></Tabs.Panel>
        <Tabs.Panel value="verify" p={16}><Verify key={attempt.number} delivery={delivery} entry={entry} /></Tabs.Panel>
      </Tabs>
    </Card>
  );
}

const LOST: Record<Made["missingSignatures"][number]["reason"], string> = {
  REVOKED: "was revoked, and signs nothing any more",
  UNREADABLE: "cannot be opened any more: the key that sealed it is gone",
};

/** Asked for once somebody wants to see it. */
const useRequest = (delivery: Delivery, entry: Entry) =>
  useAsk(AttemptRequestDocument, { id: delivery.id, after: entry.version - 1 }, { keep: `${delivery.id} ${entry.version}` });
const requestOf = (data: AttemptRequestQuery | undefined) => data?.delivery?.history.entries[0]?.attempt?.request;

function Request({ delivery, entry, attempt }: { delivery: Delivery; entry: Entry; attempt: Attempt }) {
  return (
    <Shown asked={useRequest(delivery, entry)}>
      {(data) => {
        const made = requestOf(data);
        return made ? <RequestParts made={made} attempt={attempt} /> : <Empty icon={IconSend} title="No request was made">{attempt.failure?.message ?? "There is nothing on record of it."}</Empty>;
      }}
    </Shown>
  );
}

function Verify({ delivery, entry }: { delivery: Delivery; entry: Entry }) {
  const asked = useRequest(delivery, entry);
  const made = requestOf(asked.data);
  const scheme = delivery.subscription?.secrets.find((secret) => secret.current)?.scheme;
  return (
    <>
      <Missed asked={asked} what="the request" />
      <VerifySnippets scheme={scheme ?? "HMAC_SHA256"} request={made ? asVariables(made) : null} />
    </>
  );
}

function RequestParts({ made, attempt }: { made: Made; attempt: Attempt }) {
  const { url, headers, body, exact, missingSignatures } = made;
  return (
    <Stack gap={14}>
      <Group justify="space-between" gap={8}>
        <Text size="sm" className="hl-mono" style={{ overflowWrap: "anywhere" }}>POST {url}</Text>
        <CopyAs value={asCurl(made)}>Copy as curl</CopyAs>
      </Group>
      <Headers headers={headers.map(({ name, value }) => [name, value])} label="request headers" />
      {missingSignatures.map(({ secretId, reason }) => (
        <Alert key={secretId} color="yellow" variant="light" icon={<IconKeyOff size={18} />} title="A signature is missing here">The secret <IdChip id={secretId} /> {LOST[reason]}. The receiver got its signature all the same.</Alert>
      ))}
      <Code text={body} json label="request body" searchable={body.length > 2000} />
      <Text size="xs" c="dimmed">
        {exact ? "✓ This is what was sent, byte for byte: its SHA-256 is the one on record. " : "This body differs from what was sent; only its SHA-256 is on record. "}
        SHA-256 <span className="hl-mono" style={{ overflowWrap: "anywhere" }}>{attempt.bodySha256}</span>. Signatures are not kept: they are made again from the id, the second, the body and the secrets of then (version {attempt.subscriptionVersion} of the subscription).
      </Text>
    </Stack>
  );
}

function Actions({ delivery }: { delivery: Delivery }) {
  const may = useMay("MANAGE");
  const retry = useAct(RetryDeliveryDocument);
  const cancel = useAct(CancelDeliveryDocument);
  const [question, setQuestion] = useState<"retry" | "cancel" | null>(null);
  if (!may || delivery.subscription?.state === "DELETED") return null;
  const open = delivery.state === "WAITING" || delivery.state === "RETRYING" || delivery.state === "DEAD_LETTERED";
  const again = async () => {
    const outcome = await retry.act({ input: { id: delivery.id } });
    if (!outcome.ok) return outcome.refusals;
    tell("It is attempted again");
    return [];
  };
  return (
    <>
      {delivery.state === "WAITING" ? null : <Button leftSection={<IconRefresh size={16} />} onClick={() => setQuestion("retry")}>{delivery.state === "DELIVERED" ? "Send again" : "Retry now"}</Button>}
      {open ? <Button variant="default" leftSection={<IconBan size={16} />} onClick={() => setQuestion("cancel")}>{delivery.state === "DEAD_LETTERED" ? "Discard" : "Cancel"}</Button> : null}
      {question === "retry" ? (
        <Confirm title={delivery.state === "DELIVERED" ? "Send it again?" : "Attempt it again now?"} action={delivery.state === "DELIVERED" ? "Send again" : "Retry now"} close={() => setQuestion(null)} run={again}>
          {delivery.state === "DELIVERED" ? "The endpoint answered 2xx already. It gets the same webhook-id once more, by which it can tell the repeat." : "It gets a new budget of attempts, with the settings that the subscription has now."}
        </Confirm>
      ) : null}
      {question === "cancel" ? (
        <Confirm title={delivery.state === "DEAD_LETTERED" ? "Discard this dead letter?" : "Cancel this delivery?"} action={delivery.state === "DEAD_LETTERED" ? "Discard" : "Cancel the delivery"} danger withNote close={() => setQuestion(null)}
          run={async (note) => {
            const outcome = await cancel.act({ input: { id: delivery.id, note: note || null } });
            if (!outcome.ok) return outcome.refusals;
            tell(delivery.state === "DEAD_LETTERED" ? "Discarded" : "Cancelled");
            return [];
          }}>
          It is not attempted again unless somebody asks. A request that is under way ends as it ends. Everything stays on record.
        </Confirm>
      ) : null}
    </>
  );
}
