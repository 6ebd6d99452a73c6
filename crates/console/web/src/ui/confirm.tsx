// Asking before something is done that matters.
import { Alert, Button, Group, Modal, Stack, TextInput, Textarea } from "@mantine/core";
import { useState, type ReactNode } from "react";

import type { Refusal } from "@/api/ask";

import { BusyButton } from "./button";

/** A question with what will happen, and perhaps a note for people who read the history. */
export function Confirm({ title, children, action, danger = false, withNote = false, typed, close, run }: {
  title: string; children: ReactNode; action: string; danger?: boolean; withNote?: boolean;
  /** What has to be typed first, for what cannot be undone. */
  typed?: string;
  close: () => void;
  /** Does it; refusals are shown, and none closes the question. */
  run: (note: string) => Promise<readonly Refusal[]>;
}) {
  const [note, setNote] = useState("");
  const [word, setWord] = useState("");
  const [busy, setBusy] = useState(false);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const go = async () => {
    setBusy(true);
    const said = await run(note.trim());
    setBusy(false);
    if (said.length > 0) setRefusals(said);
    else close();
  };
  return (
    <Modal opened onClose={close} title={title} size="md">
      <Stack gap={14}>
        <div style={{ fontSize: 14 }}>{children}</div>
        {withNote ? <Textarea label="Why (optional)" description="Kept in the history, for people" maxLength={1024} autosize minRows={2} value={note} onChange={(change) => setNote(change.currentTarget.value)} data-autofocus /> : null}
        {typed ? <TextInput label={<>Type <b>{typed}</b> to go on</>} value={word} onChange={(change) => setWord(change.currentTarget.value)} data-autofocus autoComplete="off" /> : null}
        {refusals.length > 0 ? <Alert color="red" variant="light" role="alert">{refusals.map((refusal) => refusal.message).join(" ")}</Alert> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Back</Button>
          <BusyButton color={danger ? "red" : undefined} onClick={go} busy={busy} disabled={typed !== undefined && word !== typed}>{action}</BusyButton>
        </Group>
      </Stack>
    </Modal>
  );
}
