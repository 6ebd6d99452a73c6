// A secret that is shown this once.
import { Alert, Anchor, Button, Checkbox, Code, Group, Modal, Stack, Text } from "@mantine/core";
import { IconShieldLock } from "@tabler/icons-react";
import { useState } from "react";

import { CopyAs } from "@/ui/copy";

export interface NewSecret { id: string; scheme: string; secret?: string | null; publicKey?: string | null }

/** Shows what receivers verify with. It is gone when this is closed, so closing needs a word. */
export function ShownOnce({ secret, title, close, then = "Done" }: { secret: NewSecret; title: string; close: () => void; then?: string }) {
  const [kept, setKept] = useState(false);
  const value = secret.secret ?? secret.publicKey ?? "";
  const isPublic = !secret.secret;
  return (
    <Modal opened onClose={() => { if (kept || isPublic) close(); }} title={title} size="lg" withCloseButton={kept || isPublic} closeOnClickOutside={false} closeOnEscape={kept || isPublic}>
      <Stack gap={14}>
        <Alert color={isPublic ? "blue" : "yellow"} variant="light" icon={<IconShieldLock size={18} />}>
          {isPublic
            ? "This is the public key: receivers verify with it, and it need not be kept secret."
            : "Copy it now, to where your receiver reads it. It is encrypted here and cannot be shown again."}
        </Alert>
        <Group gap={8} wrap="nowrap">
          <Code style={{ flex: 1, overflowWrap: "anywhere", fontSize: 14, padding: 10 }} aria-label="The secret">{value}</Code>
          <CopyAs value={value}>Copy</CopyAs>
        </Group>
        <Text size="sm" c="dimmed">
          Signatures follow <Anchor href="https://www.standardwebhooks.com" target="_blank" rel="noreferrer" inherit underline="always">Standard Webhooks</Anchor>: its libraries verify them as they are. Snippets are on the page of the secret.
        </Text>
        {isPublic ? null : <Checkbox label="I have kept it" checked={kept} onChange={(event) => setKept(event.currentTarget.checked)} />}
        <Group justify="flex-end"><Button onClick={close} disabled={!kept && !isPublic}>{then}</Button></Group>
      </Stack>
    </Modal>
  );
}
