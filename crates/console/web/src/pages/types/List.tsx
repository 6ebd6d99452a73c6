// The catalogue: what may be published, as a tree of families.
import { Alert, Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconCategory, IconPlus, IconSearch } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type FormEvent, type ReactNode } from "react";

import { tell, useAct, useAsk, type Refusal } from "@/api/ask";
import { useMay } from "@/shell/viewer";
import { useAnnounced } from "@/ui/announce";
import { BusyButton } from "@/ui/button";
import { Card, Page } from "@/ui/layout";
import { firstSentence, prose } from "@/ui/prose";
import { Empty, Shown } from "@/ui/states";

import { TypeBadges } from "./Badges";
import { EventTypesDocument, RegisterTypeDocument, type TypeRowFragment } from "./types.generated";

/** Types that one page of the tree holds. */
const PAGE_TYPES = 100;

export function EventTypes() {
  const may = useMay("MANAGE");
  const search = useSearch({ from: "/event-types" });
  const navigate = useNavigate({ from: "/event-types" });
  const asked = useAsk(EventTypesDocument, { first: PAGE_TYPES, after: search.after ?? null, search: search.q ?? null }, { keep: "types" });
  const [making, setMaking] = useState(false);
  const [typed, setTyped] = useState(search.q ?? "");
  const find = useDebouncedCallback((q: string) => void navigate({ search: { q: q.trim() || undefined }, replace: true }), 250);
  useAnnounced(asked.data ? `${asked.data.eventTypes.nodes.length} types shown` : "");
  const register = may ? <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>Register a type</Button> : null;
  return (
    <Page title="Event types" about="What may be published: the platform's types and your own. A pattern such as benchmark.* takes all below benchmark." actions={register}>
      <TextInput aria-label="Search types" placeholder="Search names and descriptions" leftSection={<IconSearch size={16} />} value={typed} maw={460}
        onChange={(event) => { setTyped(event.currentTarget.value); find(event.currentTarget.value); }} />
      <Shown asked={asked}>
        {({ eventTypes: { nodes, pageInfo } }) => nodes.length === 0 ? (
          <Card>{search.q ? <Empty icon={IconSearch} title="No type is like that" /> : <Empty icon={IconCategory} title="No event types yet" action={register}>Events can be published once their type is registered.</Empty>}</Card>
        ) : (
          <>
            {familiesOf(nodes).map((family) => <FamilyCard key={family.name} family={family} />)}
            {pageInfo.hasNextPage || search.after ? (
              <Group justify="flex-end">
                {search.after ? <Button size="compact-sm" variant="subtle" onClick={() => void navigate({ search: { ...search, after: undefined } })}>First ones</Button> : null}
                {pageInfo.hasNextPage ? <Button size="compact-sm" variant="default" onClick={() => void navigate({ search: { ...search, after: pageInfo.endCursor ?? undefined } })}>More</Button> : null}
              </Group>
            ) : null}
          </>
        )}
      </Shown>
      {making ? <Register close={() => setMaking(false)} done={asked.again} /> : null}
    </Page>
  );
}

/** Types whose names begin alike, and families below them. */
export interface Family { name: string; types: TypeRowFragment[]; families: Family[] }

/** The tree of types: a family for each part of a name but the last one. */
export function familiesOf(types: readonly TypeRowFragment[]): Family[] {
  const top: Family = { name: "", types: [], families: [] };
  for (const type of types) {
    let here = top;
    const parts = type.name.split(".");
    for (let length = 1; length < parts.length; length += 1) {
      const name = parts.slice(0, length).join(".");
      let next = here.families.find((family) => family.name === name);
      if (!next) here.families.push((next = { name, types: [], families: [] }));
      here = next;
    }
    here.types.push(type);
  }
  return top.types.length > 0 ? [...top.families, { name: "", types: top.types, families: [] }] : top.families;
}

const countOf = (family: Family): number => family.types.length + family.families.reduce((sum, inner) => sum + countOf(inner), 0);

function FamilyCard({ family }: { family: Family }) {
  const count = countOf(family);
  return (
    <details className="hl-card hl-family" open>
      <summary className="hl-card-head"><h2 className="hl-mono">{family.name ? `${family.name}.*` : "Without a family"}</h2><span>{count} {count === 1 ? "type" : "types"}</span></summary>
      <Branch family={family} />
    </details>
  );
}

function Branch({ family }: { family: Family }): ReactNode {
  return (
    <>
      <ul className="hl-types">
        {family.types.map((type) => (
          <li key={type.id}>
            <Link className="hl-rowlink hl-mono" to="/event-types/$name" params={{ name: type.name }}>{type.name}</Link>
            <span className="about">{type.description ? prose(firstSentence(type.description)) : "not described"}</span>
            <span className="marks">
              <TypeBadges type={type} />
              <span className="hl-chip">{type.versions.length === 0 ? "no schema" : `v${type.versions.at(-1)?.number}`}</span>
            </span>
          </li>
        ))}
      </ul>
      {family.families.map((inner) => (
        <details key={inner.name} className="hl-family inner" open>
          <summary><span className="hl-mono">{inner.name}.*</span> <span>{countOf(inner)}</span></summary>
          <Branch family={inner} />
        </details>
      ))}
    </>
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
          <Group justify="flex-end"><Button variant="default" onClick={close}>Cancel</Button><BusyButton type="submit" busy={busy} disabled={name.trim() === ""}>{given ? "Save" : "Register"}</BusyButton></Group>
        </Stack>
      </form>
    </Modal>
  );
}
