// Pages by cursor: the place in the list is kept in the address.
import { Button, Group, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useRouterState } from "@tanstack/react-router";
import type { MouseEvent } from "react";

import { useAnnounced } from "./announce";

export const PAGE_ROWS = 25;

/** Where in a list a page is: `after` or `before` a cursor, or at the start. */
export interface Place {
  after?: string | undefined;
  before?: string | undefined;
}

/** The arguments of a connection for a place. */
export function pageArguments(place: Place, rows = PAGE_ROWS) {
  return place.before ? { last: rows, before: place.before } : { first: rows, after: place.after ?? null };
}

interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor?: string | null;
  endCursor?: string | null;
}

/** Newer and older. `total`, where it was counted, has a bound. */
export function Pager({ info, go, place, total, shown }: {
  info: PageInfo; place: Place; go: (place: Place) => void; shown: number; total?: { count: number; exact: boolean } | null | undefined;
}) {
  const atStart = !place.after && !place.before;
  const address = useRouterState({ select: (state) => state.location.searchStr });
  useAnnounced(`${shown} shown, ${atStart ? "the newest" : "further back"}`, address);
  if (atStart && !info.hasNextPage && !total) return null;
  const counted = total ? `${total.exact ? "" : "more than "}${total.count.toLocaleString()} in all` : null;
  // The buttons are below the list, and the other page is read from its start.
  const turn = (to: Place) => (event: MouseEvent<HTMLElement>) => {
    const list = event.currentTarget.closest("section")?.querySelector<HTMLElement>("[role='region']");
    go(to);
    list?.focus();
  };
  return (
    <Group justify="space-between" px={16} py={10} style={{ borderTop: "1px solid var(--hl-line)" }}>
      <Text size="xs" c="dimmed">{shown} shown{counted ? `, ${counted}` : ""}</Text>
      <Group gap={8}>
        {!atStart ? <Button variant="subtle" size="compact-sm" onClick={turn({})}>Newest</Button> : null}
        <Button variant="default" size="compact-sm" leftSection={<IconChevronLeft size={14} />} disabled={atStart || !info.hasPreviousPage}
          onClick={turn({ before: info.startCursor ?? undefined })}>Newer</Button>
        <Button variant="default" size="compact-sm" rightSection={<IconChevronRight size={14} />} disabled={!info.hasNextPage}
          onClick={turn({ after: info.endCursor ?? undefined })}>Older</Button>
      </Group>
    </Group>
  );
}
