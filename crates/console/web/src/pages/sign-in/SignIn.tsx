// Signing in with an API key.
import { Alert, Anchor, Center, Group, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useEffect, useRef, useState, type FormEvent } from "react";

import { signIn, SignInError } from "@/api/session";
import logo from "@/assets/logo.svg";
import { BusyButton } from "@/ui/button";

export function SignIn({ reason, done }: { reason?: string | undefined; done: () => void }) {
  const [key, setKey] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await signIn({ key: key.trim() });
      done();
    } catch (caught) {
      setError(caught instanceof SignInError ? caught.message : "Something went wrong.");
      setBusy(false);
    }
  };
  return (
    <Center mih="100vh" p={16} component="main">
      <Paper withBorder p={28} w="100%" maw={420} radius="lg">
        <form onSubmit={submit}>
          <Stack gap={16}>
            <Group gap={10}>
              <img src={logo} alt="" width={32} height={32} />
              <Title order={1}>Sign in to Hookledger</Title>
            </Group>
            {reason ? <Alert color="yellow" variant="light" role="status">{reason}</Alert> : null}
            <PasswordInput label="API key" placeholder="hk_…" autoComplete="off" autoFocus required error={error}
              description="The console may do what the key may." value={key} onChange={(change) => setKey(change.currentTarget.value)} />
            <BusyButton type="submit" busy={busy} disabled={key.trim() === ""}>Sign in</BusyButton>
            <Text size="xs" c="dimmed">
              In development, <span className="hl-mono">cargo xtask up</span> prints a link that signs in by itself. To make a key,
              run <span className="hl-mono">hookledger key create</span> on the server. The key is exchanged for a cookie that
              scripts cannot read, and is kept nowhere. <Anchor href="/" inherit underline="always">API of this server</Anchor>
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

/** Signing in again, over the pages as they were left. They are covered, and out of reach, until then. */
export function SignInAgain({ done }: { done: () => void }) {
  const place = useRef<HTMLDialogElement>(null);
  useEffect(() => place.current?.showModal(), []);
  return (
    // What is under it may hold a dialog that wants to keep Tab to itself. A second Escape closes it all the same: then it opens again.
    <dialog ref={place} className="hl-over" aria-label="Sign in again" onCancel={(event) => event.preventDefault()} onClose={() => place.current?.showModal()} onKeyDown={(event) => event.stopPropagation()}>
      <SignIn reason="Your session has ended. Sign in, and go on where you were." done={done} />
    </dialog>
  );
}
