// Which types of event are wanted: a tree of what is registered, with wildcards, and patterns of one's own.
import { Button, Group, NativeSelect, Pill, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useId, useMemo, useState } from "react";

import { useAsk } from "@/api/ask";
import { Missed } from "@/ui/states";

import { TypeNamesDocument } from "./subscriptions.generated";
import { accepts, branchesOf, rowsOf, standing, unpinned } from "./typeTree";
import { TypeTree } from "./TypeTree";

const NONE: ReadonlySet<string> = new Set();

export function TypePicker({ value, change, error }: { value: string[]; change: (value: string[]) => void; error?: string | undefined }) {
  const id = useId();
  const asked = useAsk(TypeNamesDocument, { after: null });
  const [search, setSearch] = useState("");
  const [own, setOwn] = useState("");
  const [closed, setClosed] = useState(NONE);
  const types = useMemo(() => (asked.data?.eventTypes.nodes ?? []).filter((type) => !type.archived), [asked.data]);
  const wanted = search.trim().toLowerCase();
  const branches = useMemo(() => branchesOf(types.filter((type) => type.name.includes(wanted))), [types, wanted]);
  // Whoever searches sees what is found.
  const rows = useMemo(() => rowsOf(branches, wanted ? NONE : closed), [branches, wanted, closed]);
  const drop = (pattern: string) => change(value.filter((one) => one !== pattern));
  const choose = (pattern: string) => {
    const chosen = value.find((one) => unpinned(one) === pattern);
    if (chosen !== undefined) drop(chosen);
    else if (standing(pattern, value) !== "covered") change([...value, pattern]);
  };
  const fold = (family: string) => setClosed((now) => {
    const next = new Set(now);
    if (!next.delete(family)) next.add(family);
    return next;
  });
  const add = () => {
    const pattern = own.trim();
    if (pattern && !value.includes(pattern)) change([...value, pattern]);
    setOwn("");
  };
  const covered = types.filter((type) => value.some((pattern) => accepts(pattern, type.name))).length;
  return (
    <Stack gap={10} role="group" aria-labelledby={`${id}-label`} aria-describedby={error ? `${id}-error` : undefined} data-flawed={error ? "" : undefined}>
      <Group justify="space-between" gap={8}>
        <Text id={`${id}-label`} size="sm" fw={500}>Event types <span aria-hidden style={{ color: "var(--hl-bad)" }}>*</span></Text>
        <Text size="xs" c="dimmed">{types.length > 0 ? `${covered} of ${types.length} registered types` : null}</Text>
      </Group>
      {error ? <Text id={`${id}-error`} size="xs" c="var(--hl-bad)" role="alert">{error}</Text> : null}
      <Group gap={6} mih={26}>
        {value.length === 0 ? <Text size="sm" c="dimmed">None chosen yet</Text> : null}
        {value.map((pattern) => (
          <Chosen key={unpinned(pattern)} pattern={pattern} versions={types.find(({ name }) => name === unpinned(pattern))?.versions.map(({ number }) => number) ?? []}
            pin={(to) => change(value.map((one) => (one === pattern ? to : one)))} drop={() => drop(pattern)} />
        ))}
      </Group>
      <div className="hl-card">
        <div style={{ padding: 8, borderBottom: "1px solid var(--hl-line)" }}>
          <TextInput size="xs" placeholder="Search types" aria-label="Search types" leftSection={<IconSearch size={14} />} value={search} onChange={(event) => setSearch(event.currentTarget.value)} />
        </div>
        <TypeTree label="Registered event types" rows={rows} wanted={value} choose={choose} fold={fold} />
        <Missed asked={asked} what="the registered types; they can be typed below" />
        {asked.data && types.length === 0 ? <Text p={12} size="sm" c="dimmed">No event type is registered yet. Patterns may be subscribed before.</Text> : null}
      </div>
      <Group gap={8} align="flex-end">
        <TextInput size="xs" style={{ flex: 1 }} label="Another type or pattern" description="With @ and a number, a single type at that version" placeholder="benchmark.completed@1" className="hl-mono-input" spellCheck={false} value={own} onChange={(event) => setOwn(event.currentTarget.value)}
          onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); add(); } }} />
        <Button size="xs" variant="default" onClick={add} disabled={own.trim() === ""}>Add</Button>
      </Group>
    </Stack>
  );
}

/** A chosen pattern; of a single type also the version that it is pinned to. */
function Chosen({ pattern, versions, pin, drop }: { pattern: string; versions: readonly number[]; pin: (to: string) => void; drop: () => void }) {
  const name = unpinned(pattern);
  return (
    <Group gap={4} wrap="nowrap">
      <Pill withRemoveButton onRemove={drop} className="hl-mono" removeButtonProps={{ "aria-label": `Remove ${pattern}`, "aria-hidden": false, tabIndex: 0 }}>{pattern === "*" ? "* (every event)" : name}</Pill>
      {versions.length > 0 ? (
        <NativeSelect size="xs" w={108} aria-label={`Version of ${name}`} value={pattern.slice(name.length)} onChange={(event) => pin(`${name}${event.currentTarget.value}`)}
          data={[{ value: "", label: "latest" }, ...[...versions].reverse().map((number) => ({ value: `@${number}`, label: `version ${number}` }))]} />
      ) : pattern === name ? null : <span className="hl-mono">{pattern.slice(name.length)}</span>}
    </Group>
  );
}
