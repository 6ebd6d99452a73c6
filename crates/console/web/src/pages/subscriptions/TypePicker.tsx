// Which types of event are wanted: a tree of what is registered, with wildcards, and patterns of one's own.
import { Button, Checkbox, Group, NativeSelect, Pill, ScrollArea, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useId, useMemo, useState } from "react";

import { useAsk } from "@/api/ask";
import { firstSentence } from "@/ui/prose";
import { Missed } from "@/ui/states";

import { TypeNamesDocument } from "./subscriptions.generated";

/** Families and types below them: `benchmark` has `benchmark.run`, which has `benchmark.run.started`. */
interface Branch { name: string; label: string; isType: boolean; about: string; versions: number[]; branches: Branch[] }

export function branchesOf(types: { name: string; description: string; versions?: readonly { number: number }[] }[]): Branch[] {
  const top: Branch[] = [];
  for (const type of [...types].sort((one, other) => one.name.localeCompare(other.name))) {
    let level = top;
    const parts = type.name.split(".");
    parts.forEach((label, index) => {
      const name = parts.slice(0, index + 1).join(".");
      let branch = level.find((one) => one.name === name);
      if (!branch) level.push((branch = { name, label, isType: false, about: "", versions: [], branches: [] }));
      if (index === parts.length - 1) Object.assign(branch, { isType: true, about: type.description, versions: (type.versions ?? []).map(({ number }) => number) });
      level = branch.branches;
    });
  }
  return top;
}

/** A wanted type without the version that it is pinned to. */
export const unpinned = (wanted: string) => wanted.split("@")[0] ?? wanted;

/** Whether a pattern takes a type, at whichever version. */
export function accepts(wanted: string, type: string): boolean {
  const pattern = unpinned(wanted);
  return pattern === "*" || pattern === type || (pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1)));
}

export function TypePicker({ value, change, error, onBlur }: { value: string[]; change: (value: string[]) => void; error?: string | undefined; onBlur?: () => void }) {
  const id = useId();
  const asked = useAsk(TypeNamesDocument, { after: null });
  const [search, setSearch] = useState("");
  const [own, setOwn] = useState("");
  const types = useMemo(() => (asked.data?.eventTypes.nodes ?? []).filter((type) => !type.archived), [asked.data]);
  const wanted = search.trim().toLowerCase();
  const tree = useMemo(() => branchesOf(types.filter((type) => type.name.includes(wanted))), [types, wanted]);
  const toggle = (pattern: string) => change(value.includes(pattern) ? value.filter((one) => one !== pattern) : [...value, pattern]);
  const add = () => {
    const pattern = own.trim();
    if (pattern && !value.includes(pattern)) change([...value, pattern]);
    setOwn("");
  };
  const covered = types.filter((type) => value.some((pattern) => accepts(pattern, type.name))).length;
  return (
    <Stack gap={10} onBlur={onBlur} role="group" aria-labelledby={`${id}-label`} aria-describedby={error ? `${id}-error` : undefined}>
      <Group justify="space-between" gap={8}>
        <Text id={`${id}-label`} size="sm" fw={500}>Event types <span aria-hidden style={{ color: "var(--hl-bad)" }}>*</span></Text>
        <Text size="xs" c="dimmed">{types.length > 0 ? `${covered} of ${types.length} registered types` : null}</Text>
      </Group>
      <Group gap={6} mih={26}>
        {value.length === 0 ? <Text size="sm" c="dimmed">None chosen yet</Text> : null}
        {value.map((pattern) => (
          <Pill key={pattern} withRemoveButton onRemove={() => toggle(pattern)} className="hl-mono" removeButtonProps={{ "aria-label": `Remove ${pattern}`, "aria-hidden": false, tabIndex: 0 }}>{pattern === "*" ? "* (every event)" : pattern}</Pill>
        ))}
      </Group>
      <div className="hl-card">
        <div style={{ padding: 8, borderBottom: "1px solid var(--hl-line)" }}>
          <TextInput size="xs" placeholder="Search types" aria-label="Search types" leftSection={<IconSearch size={14} />} value={search} onChange={(event) => setSearch(event.currentTarget.value)} />
        </div>
        <ScrollArea.Autosize mah={260} type="auto" viewportProps={{ tabIndex: 0, "aria-label": "Event types", role: "region" } as object}>
          <Stack gap={6} p={12}>
            <Checkbox size="xs" label={<><span className="hl-mono">*</span> every event, also of types to come</>} checked={value.includes("*")} onChange={() => toggle("*")} />
            {tree.map((branch) => <BranchRow key={branch.name} branch={branch} value={value} change={change} toggle={toggle} />)}
            <Missed asked={asked} what="the registered types; they can be typed below" />
            {asked.data && types.length === 0 ? <Text size="sm" c="dimmed">No event type is registered yet. Patterns may be subscribed before.</Text> : null}
          </Stack>
        </ScrollArea.Autosize>
      </div>
      <Group gap={8} align="flex-end">
        <TextInput size="xs" style={{ flex: 1 }} label="Another type or pattern" description="With @ and a number, a single type at that version" placeholder="benchmark.completed@1" className="hl-mono-input" spellCheck={false} value={own} onChange={(event) => setOwn(event.currentTarget.value)}
          onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); add(); } }} />
        <Button size="xs" variant="default" onClick={add} disabled={own.trim() === ""}>Add</Button>
      </Group>
      {error ? <Text id={`${id}-error`} size="xs" c="var(--hl-bad)" role="alert">{error}</Text> : null}
    </Stack>
  );
}

function BranchRow({ branch, value, change, toggle }: { branch: Branch; value: string[]; change: (value: string[]) => void; toggle: (pattern: string) => void }) {
  const family = `${branch.name}.*`;
  const own = value.find((pattern) => unpinned(pattern) === branch.name);
  const covered = value.some((pattern) => unpinned(pattern) !== branch.name && accepts(pattern, branch.name));
  const pin = (version: string) => change(value.map((pattern) => (pattern === own ? `${branch.name}${version}` : pattern)));
  return (
    <div>
      {branch.isType ? (
        <Group gap={8} wrap="nowrap" align="flex-start" justify="space-between">
          <Checkbox size="xs" checked={own !== undefined || covered} disabled={own === undefined && covered} onChange={() => toggle(own ?? branch.name)}
            label={<><span className="hl-mono">{branch.name}</span>{branch.about ? <span style={{ color: "var(--hl-muted)" }}> {firstSentence(branch.about)}</span> : null}</>} />
          {own !== undefined && branch.versions.length > 0 ? (
            <NativeSelect size="xs" w={112} style={{ flex: "none" }} aria-label={`Version of ${branch.name}`} value={own.slice(branch.name.length)} onChange={(event) => pin(event.currentTarget.value)}
              data={[{ value: "", label: "latest" }, ...[...branch.versions].reverse().map((number) => ({ value: `@${number}`, label: `version ${number}` }))]} />
          ) : null}
        </Group>
      ) : null}
      {branch.branches.length > 0 ? (
        <>
          <Checkbox size="xs" mt={branch.isType ? 6 : 0} checked={value.includes(family) || value.includes("*")} disabled={value.includes("*")} onChange={() => toggle(family)} label={<><span className="hl-mono">{family}</span> <span style={{ color: "var(--hl-muted)" }}>all below it</span></>} />
          <ul className="hl-tree" style={{ marginLeft: 8, marginTop: 4 }}>
            {branch.branches.map((inner) => <li key={inner.name}><BranchRow branch={inner} value={value} change={change} toggle={toggle} /></li>)}
          </ul>
        </>
      ) : null}
    </div>
  );
}
