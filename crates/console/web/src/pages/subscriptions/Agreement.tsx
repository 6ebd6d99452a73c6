// Whether the endpoint agreed to deliveries, and asking it.
import { Group, Text } from "@mantine/core";
import { IconCheck, IconQuestionMark, IconX } from "@tabler/icons-react";

import { tell, tellRefusals, useAct } from "@/api/ask";
import { useMay } from "@/shell/viewer";
import { BusyButton } from "@/ui/button";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

import { VerifyEndpointDocument, type SubscriptionDetailFragment } from "./subscriptions.generated";

const STATES = {
  UNASKED: { tone: "idle", icon: IconQuestionMark, word: "Not asked" }, AGREED: { tone: "good", icon: IconCheck, word: "Agreed" }, REFUSED: { tone: "bad", icon: IconX, word: "Did not agree" },
} as const;

export function EndpointAgreement({ subscription }: { subscription: SubscriptionDetailFragment }) {
  const { required, state, at, allowedRatePerMinute, problem } = subscription.verification;
  const may = useMay("MANAGE");
  const { act, busy } = useAct(VerifyEndpointDocument);
  const ask = async () => {
    const outcome = await act({ input: { id: subscription.id } });
    if (outcome.ok) tell("The endpoint agrees");
    else tellRefusals(outcome.refusals, "The endpoint did not agree");
  };
  const { tone, icon, word } = STATES[state];
  return (
    <div>
      <Group gap={8}>
        {required || state !== "UNASKED" ? <Status tone={required && state === "UNASKED" ? "warn" : tone} icon={icon}>{word}</Status> : <span>not needed</span>}
        {at ? <Text size="xs" c="dimmed" component="span"><Time at={at} /></Text> : null}
        {may && subscription.state !== "DELETED" ? <BusyButton size="compact-xs" variant="default" busy={busy} onClick={() => void ask()}>Ask the endpoint</BusyButton> : null}
      </Group>
      {required && state !== "AGREED" ? <Text size="xs" c="var(--hl-warn)" mt={4}>Nothing is delivered before it agrees. Events match meanwhile, and wait.</Text> : null}
      {allowedRatePerMinute != null ? <Text size="xs" c="dimmed" mt={4}>It allows {allowedRatePerMinute.toLocaleString()} requests a minute.</Text> : null}
      {problem ? <Text size="xs" c="var(--hl-bad)" mt={4}>{problem}</Text> : null}
    </div>
  );
}
