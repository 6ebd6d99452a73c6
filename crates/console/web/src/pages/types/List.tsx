// Event types: what may be published.
import { Alert, Button, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconArchive, IconCategory, IconCheck, IconPlus, IconSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";

import { tell, useAct, useAsk, type Refusal } from "@/api/ask";
import { useMay } from "@/shell/viewer";
import { Card, Page, Table } from "@/ui/layout";
import { Empty, Shown } from "@/ui/states";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

import { EventTypesDocument, RegisterTypeDocument } from "./types.generated";

export function EventTypes() {
  const may = useMay("MANAGE");
  const [after, setAfter] = useState<string | null>(null);
  const asked = useAsk(EventTypesDocument, { after }, { keep: "types" });
  const [search, setSearch] = useState("");
  const [making, setMaking] = useState(false);
  const wanted = search.trim().toLowerCase();
  const register = may ? <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>Register a type</Button> : null;
  return (
    <Page title="Event types" about="What may be published. Families are dotted: benchmark.* takes all below benchmark." actions={register}>
      <Card pad={false}>
        <Shown asked={asked}>
          {({ eventTypes: { nodes, pageInfo } }) => {
            const rows = nodes.filter((type) => type.name.includes(wanted) || type.description.toLowerCase().includes(wanted));
            return nodes.length === 0 && !after ? <Empty icon={IconCategory} title="No event types yet" action={register}>Events can be published once their type is registered.</Empty> : (
              <>
                <Group p={12} style={{ borderBottom: "1px solid var(--hl-line)" }}>
                  <TextInput aria-label="Search these types" placeholder="Search these types" leftSection={<IconSearch size={16} />} value={search} onChange={(event) => setSearch(event.currentTarget.value)} style={{ flex: "1 1 220px", maxWidth: 420 }} />
                </Group>
                {rows.length === 0 ? <Empty icon={IconSearch} title="No type is like that" /> : (
                  <Table label="Event types" head={<><th>Type</th><th>What it means</th><th>State</th><th>Registered</th></>}>
                    {rows.map((type) => (
                      <tr key={type.id}>
                        <td><Link className="hl-rowlink hl-mono" to="/event-types/$name" params={{ name: type.name }}>{type.name}</Link></td>
                        <td>{type.description || <span style={{ color: "var(--hl-muted)" }}>not described</span>}</td>
                        <td className="tight">{type.archived ? <Status tone="idle" icon={IconArchive}>Archived</Status> : <Status tone="good" icon={IconCheck}>Open</Status>}</td>
                        <td className="tight"><Text size="sm" c="dimmed" component="span"><Time at={type.registeredAt} /></Text></td>
                      </tr>
                    ))}
                  </Table>
                )}
                {pageInfo.hasNextPage || after ? (
                  <Group p={12} justify="flex-end">
                    {after ? <Button size="compact-sm" variant="subtle" onClick={() => setAfter(null)}>First ones</Button> : null}
                    {pageInfo.hasNextPage ? <Button size="compact-sm" variant="default" onClick={() => setAfter(pageInfo.endCursor ?? null)}>More</Button> : null}
                  </Group>
                ) : null}
              </>
            );
          }}
        </Shown>
      </Card>
      {making ? <Register close={() => setMaking(false)} done={asked.again} /> : null}
    </Page>
  );
}

export function Register({ close, done, name: given = "", description: before = "" }: { close: () => void; done: () => void; name?: string; description?: string }) {
  const { act, busy } = useAct(RegisterTypeDocument);
  const [name, setName] = useState(given);
  const [description, setDescription] = useState(before);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const field = (wanted: string) => refusals.find((refusal) => refusal.field === `input.${wanted}`)?.message;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const outcome = await act({ input: { name: name.trim(), description } });
    if (!outcome.ok) {
      setRefusals(outcome.refusals);
      return;
    }
    tell(given ? "Saved" : "Registered");
    done();
    close();
  };
  const rest = refusals.filter((refusal) => refusal.field !== "input.name" && refusal.field !== "input.description");
  return (
    <Modal opened onClose={close} title={given ? "Describe the type" : "Register an event type"}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap={14}>
          <TextInput label="Name" placeholder="benchmark.completed" description="Lower-case segments joined by dots" withAsterisk disabled={given !== ""} value={name} error={field("name")} spellCheck={false} onChange={(event) => setName(event.currentTarget.value)} data-autofocus={given === "" || undefined} />
          <Textarea label="What it means" autosize minRows={2} maxLength={1024} value={description} error={field("description")} onChange={(event) => setDescription(event.currentTarget.value)} data-autofocus={given !== "" || undefined} />
          {rest.length > 0 ? <Alert color="red" variant="light" role="alert">{rest.map((refusal) => refusal.message).join(" ")}</Alert> : null}
          <Group justify="flex-end"><Button variant="default" onClick={close}>Cancel</Button><Button type="submit" loading={busy} disabled={name.trim() === ""}>{given ? "Save" : "Register"}</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
