// A new inbox, and changing one.
import { Alert, Button, Group, Modal, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";

import { tell, useAct, type Refusal } from "@/api/ask";
import { BusyButton } from "@/ui/button";

import { CreateInboxDocument, UpdateInboxDocument, type InboxPartsFragment } from "./inboxes.generated";
import { flawOf, fromResponses, PRESETS, toInput, type Line } from "./script";
import { ScriptEditor } from "./ScriptEditor";

const LIVES = [{ value: "60", label: "an hour" }, { value: "1440", label: "a day" }, { value: "10080", label: "7 days" }];

export function EditInbox({ inbox, close, done }: { inbox?: InboxPartsFragment; close: () => void; done: (inbox: InboxPartsFragment) => void }) {
  const create = useAct(CreateInboxDocument);
  const update = useAct(UpdateInboxDocument);
  const [name, setName] = useState(inbox?.name ?? "");
  const [minutes, setMinutes] = useState(inbox ? "" : "1440");
  const [lines, setLines] = useState<Line[]>(() => (inbox ? fromResponses(inbox.responses) : (PRESETS[0]?.lines ?? [])));
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const input = { name, responses: toInput(lines), ...(minutes ? { lifetimeMinutes: Number(minutes) } : {}) };
    const outcome = inbox ? await update.act({ input: { id: inbox.id, ...input } }) : await create.act({ input });
    if (!outcome.ok) return setRefusals(outcome.refusals);
    if (outcome.payload.inbox) done(outcome.payload.inbox);
    tell(inbox ? "It answers so from the next request on" : "The inbox is there");
    close();
  };
  return (
    <Modal opened onClose={close} size="lg" title={inbox ? `Change ${inbox.name || "the inbox"}` : "New inbox"}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap={14}>
          <Group grow align="flex-start">
            <TextInput label="Name" placeholder="Trying out retries" description="At most 128 characters" value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
            <NativeSelect label="It lives" value={minutes} onChange={(event) => setMinutes(event.currentTarget.value)} data={inbox ? [{ value: "", label: "as long as it does" }, ...LIVES.map(({ value, label }) => ({ value, label: `${label}, from now on` }))] : LIVES} />
          </Group>
          <ScriptEditor lines={lines} change={setLines} />
          {refusals.length > 0 ? <Alert color="red" variant="light" role="alert">{refusals.map(({ message }) => message).join(" ")}</Alert> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>Cancel</Button>
            <BusyButton type="submit" busy={create.busy || update.busy} disabled={lines.some((line) => flawOf(line) !== null)}>{inbox ? "Save" : "Make the inbox"}</BusyButton>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
