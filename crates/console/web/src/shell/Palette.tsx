// Going anywhere by keyboard: pages and things by their names, things by their ids.
import { Modal, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconHash, IconInbox, IconPlus, IconSearch, IconWebhook, type Icon } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useId, useState, type KeyboardEvent } from "react";

import { useAsk } from "@/api/ask";
import { InboxesDocument } from "@/pages/inboxes/inboxes.generated";
import { SubscriptionsDocument } from "@/pages/subscriptions/subscriptions.generated";

import { PLACES } from "./nav";

const ID = /^(sub|dlv|evt|tst|act|inb)_[0-9a-z]{20,}$/;
/** From how many letters on things are looked for, and how many of a kind are offered. */
const [LETTERS_MIN, THINGS_MAX] = [2, 5];

interface Choice { id: string; label: string; about: string; icon: Icon; go: () => void }

export default function Palette({ close }: { close: () => void }) {
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  const list = useId();
  const choices = useChoices(query.trim());
  const at = Math.min(chosen, choices.length - 1);
  const choose = (choice: Choice | undefined) => {
    if (!choice) return;
    close();
    choice.go();
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setChosen((at + step + choices.length) % Math.max(choices.length, 1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(choices[at]);
    }
  };
  const optionId = (index: number) => `${list}-${index}`;
  return (
    <Modal.Root opened onClose={close} size={600} yOffset={80} zIndex={400}>
      <Modal.Overlay />
      <Modal.Content aria-label="Go to or find">
        <Modal.Body p={0}>
          <TextInput role="combobox" aria-expanded="true" aria-autocomplete="list" aria-controls={list} aria-activedescendant={choices.length > 0 ? optionId(at) : undefined} aria-label="A page, a name, or an id"
            size="lg" variant="unstyled" placeholder="A page, a name, or an id" leftSection={<IconSearch size={18} />} data-autofocus spellCheck={false} autoComplete="off"
            value={query} onChange={(event) => { setQuery(event.currentTarget.value); setChosen(0); }} onKeyDown={press} />
          <ul role="listbox" id={list} aria-label="Where to go" className="hl-options">
            {choices.map((choice, index) => <Option key={choice.id} id={optionId(index)} choice={choice} chosen={index === at} choose={() => choose(choice)} />)}
          </ul>
          {choices.length === 0 ? <p className="hl-options-none">Nothing of that name. Ids begin with sub_, dlv_, evt_, inb_, tst_ or act_.</p> : null}
          <div role="status" className="hl-sr">{choices.length === 0 ? "Nothing of that name" : `${choices.length} to choose from`}</div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** Focus stays in the field; the mouse may choose all the same. */
function Option({ id, choice: { label, about, icon: Shape }, chosen, choose }: { id: string; choice: Choice; chosen: boolean; choose: () => void }) {
  return (
    <li id={id} role="option" aria-selected={chosen} onMouseDown={(event) => event.preventDefault()} onClick={choose} ref={(element) => { if (chosen) element?.scrollIntoView?.({ block: "nearest" }); }}>
      <Shape size={18} aria-hidden />
      <span><span className="hl-truncate">{label}</span><small className="hl-truncate">{about}</small></span>
    </li>
  );
}

/** What fits the words: an id, pages, subscriptions, inboxes. */
function useChoices(wanted: string): Choice[] {
  const router = useRouter();
  const things = useThings(wanted);
  const fits = ({ label, about }: Choice) => wanted.toLowerCase().split(/\s+/).every((word) => `${label} ${about}`.toLowerCase().includes(word));
  const pages: Choice[] = [
    ...PLACES.flatMap((group) => group.places).map(({ to, label, icon, about }) => ({ id: to, label, about, icon, go: () => void router.navigate({ to }) })),
    { id: "new", label: "New subscription", about: "Say which events go where", icon: IconPlus, go: () => void router.navigate({ to: "/subscriptions/new" }) },
  ];
  const byId: Choice[] = ID.test(wanted) ? [{ id: wanted, label: `Open ${wanted}`, about: "By its id", icon: IconHash, go: () => void router.navigate({ to: "/id/$id", params: { id: wanted } }) }] : [];
  return [...byId, ...pages.filter(fits), ...things];
}

function useThings(wanted: string): Choice[] {
  const router = useRouter();
  const [words] = useDebouncedValue(wanted, 200);
  const pause = words.length < LETTERS_MIN || ID.test(words);
  const found = useAsk(SubscriptionsDocument, { filter: { search: words, states: null }, first: THINGS_MAX, minPosition: null }, { pause, keep: words });
  const boxes = useAsk(InboxesDocument, {}, { pause });
  if (pause) return [];
  return [
    ...(found.data?.subscriptions.nodes ?? []).map(({ id, description, endpoint }) => ({ id, label: description || endpoint, about: `Subscription, ${endpoint}`, icon: IconWebhook, go: () => void router.navigate({ to: "/subscriptions/$id", params: { id } }) })),
    ...(boxes.data?.inboxes ?? []).filter(({ name }) => name.toLowerCase().includes(words.toLowerCase())).slice(0, THINGS_MAX).map(({ id, name }) => ({ id, label: name, about: "Inbox", icon: IconInbox, go: () => void router.navigate({ to: "/inboxes/$id", params: { id } }) })),
  ];
}
