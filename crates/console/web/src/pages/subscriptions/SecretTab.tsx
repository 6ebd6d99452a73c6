// What a subscription signs with: rotating, the overlap, revoking, and how to verify.
import { Alert, Button, Checkbox, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { IconKey, IconRotateClockwise, IconX } from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";

import { tell, useAct } from "@/api/ask";
import type { Scheme } from "@/api/schema.generated";
import { useMay } from "@/shell/viewer";
import { Confirm } from "@/ui/confirm";
import { Copy, IdChip } from "@/ui/copy";
import { Card } from "@/ui/layout";
import { Status } from "@/ui/status";
import { Countdown, Time } from "@/ui/time";

import { ShownOnce, type NewSecret } from "./Secret";
import { RevokeSecretDocument, RotateSecretDocument, type SecretPartsFragment, type SubscriptionDetailFragment } from "./subscriptions.generated";
import { useSubscription } from "./useSubscription";
import { VerifySnippets } from "./VerifySnippets";

const SCHEMES: Record<Scheme, string> = { HMAC_SHA256: "HMAC-SHA256", HMAC_SHA512: "HMAC-SHA512", ED25519: "ed25519" };

export function SecretTab() {
  const { id } = useParams({ from: "/subscriptions/$id/secret" });
  const subscription = useSubscription(id);
  const may = useMay("MANAGE");
  const [rotating, setRotating] = useState(false);
  const [revoking, setRevoking] = useState<SecretPartsFragment | null>(null);
  const [fresh, setFresh] = useState<NewSecret | null>(null);
  if (!subscription) return null;
  const old = subscription.secrets.filter((secret) => !secret.current);
  const current = subscription.secrets.find((secret) => secret.current);
  return (
    <Stack gap={16}>
      <Card title="Signing secret" aside={may && subscription.state !== "DELETED" ? <Button size="compact-sm" variant="default" leftSection={<IconRotateClockwise size={16} />} onClick={() => setRotating(true)}>Rotate…</Button> : null}>
        <Stack gap={12}>
          {old.length > 0 ? (
            <Alert color="iris" variant="light" icon={<IconKey size={18} />} title="Two secrets sign at the moment">
              Each request carries the signatures of both, so a receiver that knows either accepts it. Change your receiver to the new one before the old one ends.
            </Alert>
          ) : null}
          <Text size="sm" c="dimmed">Secrets are encrypted before they are stored, and were shown once, when they were made. Lost it? Rotate.</Text>
          {subscription.secrets.map((secret) => (
            <Group key={secret.id} justify="space-between" gap={8} style={{ borderTop: "1px solid var(--hl-line)", paddingTop: 12 }}>
              <Group gap={10}>
                <Status tone={secret.current ? "good" : "warn"} icon={IconKey}>{secret.current ? "Signs" : "Signs along"}</Status>
                <Text size="sm">{SCHEMES[secret.scheme]}</Text>
                <IdChip id={secret.id} />
                {secret.publicKey ? <span className="hl-chip"><span style={{ overflow: "hidden", textOverflow: "ellipsis", maxWidth: 260 }}>{secret.publicKey}</span><Copy value={secret.publicKey} label="public key" /></span> : null}
                {secret.until ? <Text size="sm" c="dimmed">ends <Countdown to={secret.until} /> (<Time at={secret.until} absolute />)</Text> : null}
              </Group>
              {!secret.current && may ? <Button size="compact-sm" color="red" variant="light" leftSection={<IconX size={14} />} onClick={() => setRevoking(secret)}>Revoke now…</Button> : null}
            </Group>
          ))}
        </Stack>
      </Card>
      <Card title="Verify on your side"><VerifySnippets scheme={current?.scheme ?? "HMAC_SHA256"} {...(current?.publicKey ? { publicKey: current.publicKey } : {})} /></Card>
      {rotating ? <Rotate subscription={subscription} close={() => setRotating(false)} show={setFresh} /> : null}
      {revoking ? <Revoke subscription={subscription} secret={revoking} close={() => setRevoking(null)} /> : null}
      {fresh ? <ShownOnce secret={fresh} title="The new secret" close={() => setFresh(null)} /> : null}
    </Stack>
  );
}

const OVERLAPS = [
  { value: "0", label: "none: the old one ends at once" }, { value: "3600", label: "1 hour" }, { value: "86400", label: "24 hours" }, { value: "259200", label: "3 days" }, { value: "604800", label: "7 days" },
];

function Rotate({ subscription, close, show }: { subscription: SubscriptionDetailFragment; close: () => void; show: (secret: NewSecret) => void }) {
  const { act } = useAct(RotateSecretDocument);
  const [overlap, setOverlap] = useState("86400");
  const [scheme, setScheme] = useState<Scheme>(subscription.secrets.find((secret) => secret.current)?.scheme ?? "HMAC_SHA256");
  const run = async () => {
    const outcome = await act({ input: { id: subscription.id, expectedVersion: subscription.version, overlapSeconds: Number(overlap), secret: { scheme } } });
    if (!outcome.ok) return outcome.refusals;
    if (outcome.payload.secret) show(outcome.payload.secret);
    return [];
  };
  return (
    <Confirm title="Rotate the secret?" action="Make a new secret" close={close} run={run}>
      <Stack gap={12}>
        <Text size="sm">A new secret signs from now on and is shown once. The present one signs along, so that receivers have time to change.</Text>
        <NativeSelect label="The old one signs along for" value={overlap} onChange={(event) => setOverlap(event.currentTarget.value)} data={OVERLAPS} />
        <NativeSelect label="Scheme" value={scheme} onChange={(event) => setScheme(event.currentTarget.value as Scheme)} data={Object.entries(SCHEMES).map(([value, label]) => ({ value, label }))} />
        {overlap === "0" ? <Alert color="yellow" variant="light">Requests stop to verify at once wherever the new secret is not known yet.</Alert> : null}
      </Stack>
    </Confirm>
  );
}

function Revoke({ subscription, secret, close }: { subscription: SubscriptionDetailFragment; secret: SecretPartsFragment; close: () => void }) {
  const { act } = useAct(RevokeSecretDocument);
  const [sure, setSure] = useState(false);
  const run = async () => {
    if (!sure) return [{ code: "unsure", message: "Say that your receiver knows the new secret." }];
    const outcome = await act({ input: { id: subscription.id, secretId: secret.id } });
    if (!outcome.ok) return outcome.refusals;
    tell("The old secret signs no more");
    return [];
  };
  return (
    <Confirm title="Revoke the old secret?" action="Revoke" danger close={close} run={run}>
      <Stack gap={12}>
        <Text size="sm">It stops signing at once. A receiver that still verifies with it will refuse every request from now on.</Text>
        <Checkbox label="My receiver knows the new secret" checked={sure} onChange={(event) => setSure(event.currentTarget.checked)} />
      </Stack>
    </Confirm>
  );
}
