// API keys: who may do what.
import { Alert, Badge, Button, Checkbox, Code, Group, Modal, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { IconBan, IconCheck, IconClockX, IconKey, IconPlus } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";

import { tell, useAct, useAsk, useWritten, type Refusal } from "@/api/ask";
import type { Scope } from "@/api/schema.generated";
import { useMay, useViewer } from "@/shell/viewer";
import { BusyButton } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { CopyAs, IdChip } from "@/ui/copy";
import { Card, Page, Table } from "@/ui/layout";
import { pageArguments, Pager } from "@/ui/pager";
import { Empty, Shown } from "@/ui/states";
import { Status } from "@/ui/status";
import { Time } from "@/ui/time";

import { CreateKeyDocument, KeysDocument, RevokeKeyDocument, type KeyRowFragment } from "./keys.generated";

const SCOPES: Record<Scope, string> = {
  PUBLISH: "publish events", READ: "read everything of the tenant", MANAGE: "change subscriptions, event types and keys; retry and cancel", AUDIT: "read the audit trail", OPERATE: "run the system: tenants, metrics",
};

export function Keys() {
  const search = useSearch({ from: "/api-keys" });
  const navigate = useNavigate({ from: "/api-keys" });
  const may = useMay("MANAGE");
  const asked = useAsk(KeysDocument, { ...pageArguments(search), minPosition: useWritten() }, { keep: "keys" });
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<KeyRowFragment | null>(null);
  return (
    <Page title="API keys" about="Only a hash of each is kept; a key is shown once, when it is made." actions={may ? <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>New key</Button> : null}>
      <Card pad={false}>
        <Shown asked={asked}>
          {({ apiKeys: { nodes, pageInfo } }) => nodes.length === 0 ? <Empty icon={IconKey} title="No API keys" /> : (
            <>
              <Table wide label="API keys" head={<><th>Name</th><th>Begins with</th><th>May</th><th>State</th><th>Made</th><th><span className="hl-sr">Actions</span></th></>}>
                {nodes.map((key) => {
                  const expired = key.expiresAt != null && Date.parse(key.expiresAt) <= Date.now();
                  return (
                    <tr key={key.id}>
                      <td><Text size="sm" fw={560} style={{ overflowWrap: "anywhere" }}>{key.name}</Text><IdChip id={key.id} /></td>
                      <td className="hl-mono tight">{key.prefix}…</td>
                      <td><Group gap={4} miw={120}>{key.scopes.map((scope) => <Badge key={scope} size="sm" variant="default" tt="lowercase" fw={500} miw="fit-content">{scope}</Badge>)}</Group></td>
                      <td className="tight">
                        {key.revokedAt ? <Status tone="idle" icon={IconBan}>Revoked</Status> : expired ? <Status tone="idle" icon={IconClockX}>Expired</Status> : <Status tone="good" icon={IconCheck}>Good</Status>}
                        {key.expiresAt && !key.revokedAt ? <Text size="xs" c="dimmed">{expired ? "" : "until "}<Time at={key.expiresAt} absolute /></Text> : null}
                      </td>
                      <td className="tight"><Text size="sm" c="dimmed" component="span"><Time at={key.createdAt} /></Text></td>
                      <td className="tight">{may && !key.revokedAt ? <Button size="compact-sm" variant="subtle" color="red" onClick={() => setRevoking(key)} aria-label={`Revoke ${key.name}`}>Revoke…</Button> : null}</td>
                    </tr>
                  );
                })}
              </Table>
              <Pager info={pageInfo} place={search} shown={nodes.length} go={(place) => void navigate({ search: place })} />
            </>
          )}
        </Shown>
      </Card>
      {making ? <NewKey close={() => setMaking(false)} /> : null}
      {revoking ? <Revoke row={revoking} close={() => setRevoking(null)} /> : null}
    </Page>
  );
}

const LIVES = [{ value: "", label: "never" }, { value: "1", label: "in a day" }, { value: "30", label: "in 30 days" }, { value: "90", label: "in 90 days" }, { value: "365", label: "in a year" }];

function NewKey({ close }: { close: () => void }) {
  const { viewer } = useViewer();
  const { act, busy } = useAct(CreateKeyDocument);
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>([]);
  const [days, setDays] = useState("90");
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const [secret, setSecret] = useState<string | null>(null);
  const [kept, setKept] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const expiresAt = days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : null;
    const outcome = await act({ input: { name, scopes, expiresAt } });
    if (outcome.ok) setSecret(outcome.payload.secret ?? null);
    else setRefusals(outcome.refusals);
  };
  const field = (wanted: string) => refusals.find((refusal) => refusal.field?.startsWith(`input.${wanted}`))?.message;
  const rest = refusals.filter((refusal) => !refusal.field);
  if (secret) {
    return (
      <Modal opened onClose={() => { if (kept) close(); }} withCloseButton={kept} closeOnClickOutside={false} closeOnEscape={kept} title="The new key" size="lg">
        <Stack gap={14}>
          <Alert color="yellow" variant="light">Copy it now. Only its hash is kept, so it cannot be shown again.</Alert>
          <Group gap={8} wrap="nowrap"><Code style={{ flex: 1, overflowWrap: "anywhere", fontSize: 14, padding: 10 }}>{secret}</Code><CopyAs value={secret}>Copy</CopyAs></Group>
          <Checkbox label="I have kept it" checked={kept} onChange={(event) => setKept(event.currentTarget.checked)} />
          <Group justify="flex-end"><Button disabled={!kept} onClick={close}>Done</Button></Group>
        </Stack>
      </Modal>
    );
  }
  return (
    <Modal opened onClose={close} title="New API key">
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap={14}>
          <TextInput label="Name" placeholder="CI of the compiler team" description="At most 128 characters" withAsterisk value={name} error={field("name")} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
          <Checkbox.Group label="It may" value={scopes} onChange={(value) => setScopes(value as Scope[])} error={field("scopes")} description="Nobody can give what they do not have">
            <Stack gap={8} mt={8}>{(Object.keys(SCOPES) as Scope[]).map((scope) => <Checkbox key={scope} size="xs" value={scope} disabled={!viewer.scopes.includes(scope)} label={<><b>{scope.toLowerCase()}</b>: {SCOPES[scope]}</>} />)}</Stack>
          </Checkbox.Group>
          <NativeSelect label="It ends" value={days} onChange={(event) => setDays(event.currentTarget.value)} data={LIVES} error={field("expiresAt")} />
          {rest.length > 0 ? <Alert color="red" variant="light" role="alert">{rest.map((refusal) => refusal.message).join(" ")}</Alert> : null}
          <Group justify="flex-end"><Button variant="default" onClick={close}>Cancel</Button><BusyButton type="submit" busy={busy} disabled={name.trim() === "" || scopes.length === 0}>Make the key</BusyButton></Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Revoke({ row, close }: { row: KeyRowFragment; close: () => void }) {
  const { act } = useAct(RevokeKeyDocument);
  return (
    <Confirm title={`Revoke “${row.name}”?`} action="Revoke" danger close={close} run={async () => {
      const outcome = await act({ input: { id: row.id, expectedVersion: row.version } });
      if (!outcome.ok) return outcome.refusals;
      tell("Revoked. It opens nothing any more");
      return [];
    }}>
      Whoever uses <span className="hl-mono">{row.prefix}…</span> is turned away at once; its open sockets and its sessions here end. This cannot be undone.
    </Confirm>
  );
}
