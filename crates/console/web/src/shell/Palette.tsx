// Going anywhere by keyboard: pages by their names, things by their ids.
import { Spotlight, createSpotlight, type SpotlightActionData } from "@mantine/spotlight";
import { IconHash, IconPlus, IconSearch } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";

import { PLACES } from "./nav";

const [store, spotlight] = createSpotlight();
const ID = /^(sub|dlv|evt|tst|act|inb)_[0-9a-z]{20,}$/;

export default function Palette({ close }: { close: () => void }) {
  const router = useRouter();
  const [query, setQuery] = useState("");
  useEffect(() => spotlight.open(), []);
  const actions = useMemo(() => {
    const wanted = query.trim();
    const go: SpotlightActionData[] = PLACES.flatMap((group) => group.places).map(({ to, label, icon: Shape, about }) => ({
      id: to, label, description: about, leftSection: <Shape size={18} />, onClick: () => void router.navigate({ to }),
    }));
    go.push({ id: "new", label: "New subscription", description: "Say which events go where", leftSection: <IconPlus size={18} />, onClick: () => void router.navigate({ to: "/subscriptions/new" }) });
    if (ID.test(wanted)) {
      go.unshift({ id: wanted, label: `Open ${wanted}`, keywords: wanted, leftSection: <IconHash size={18} />, onClick: () => void router.navigate({ to: "/id/$id", params: { id: wanted } }) });
    }
    return go;
  }, [query, router]);
  return (
    <Spotlight store={store} shortcut={null} actions={actions} query={query} onQueryChange={setQuery} onSpotlightClose={close} highlightQuery
      nothingFound="Nothing of that name. Ids begin with sub_, dlv_ or evt_." scrollable maxHeight={420}
      searchProps={{ leftSection: <IconSearch size={18} />, placeholder: "A page, or an id", "aria-label": "A page, or an id" }} />
  );
}
