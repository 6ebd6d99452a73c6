// The first step: a subscription, to an inbox in this server or to a URL of one's own.
import { Button, Group, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { IconWebhook } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { useAct, type Refusal } from "@/api/ask";
import { CreateInboxDocument } from "@/pages/inboxes/inboxes.generated";
import { ShownOnce, type NewSecret } from "@/pages/subscriptions/Secret";
import { CreateSubscriptionDocument } from "@/pages/subscriptions/subscriptions.generated";

type Made = { subscription: string; inbox?: string };

export function MakeSubscription({ made, subscription }: { made: (made: Made) => void; subscription: string | undefined }) {
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
