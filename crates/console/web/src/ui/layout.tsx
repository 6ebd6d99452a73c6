// The parts of which pages are made.
import { Group, Stack, Text, Title } from "@mantine/core";
import { useEffect, useLayoutEffect, type ReactNode, type RefObject } from "react";

import { useScrollStop } from "./scroll";

/** A page: its name for the eyes, the tab and the screen reader, and what can be done on it. */
export function Page({ title, heading, about, actions, children, back }: {
  title: string; heading?: ReactNode; about?: ReactNode; actions?: ReactNode; back?: ReactNode; children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Hookledger`;
  }, [title]);
  return (
    <Stack gap={16}>
      <Stack gap={4}>
        {back}
        <Group justify="space-between" align="flex-start" gap={12}>
          <div style={{ minWidth: 0, flex: "1 1 260px" }}>
            <Title order={1} style={{ overflowWrap: "anywhere" }}>{heading ?? title}</Title>
            {about ? <Text size="sm" c="dimmed" mt={2} component="div">{about}</Text> : null}
          </div>
          {actions ? <Group gap={8}>{actions}</Group> : null}
        </Group>
      </Stack>
      {children}
    </Stack>
  );
}

/** A part of a page on a ground of its own. */
export function Card({ title, aside, children, pad = true }: { title?: ReactNode; aside?: ReactNode; children: ReactNode; pad?: boolean }) {
  return (
    <section className="hl-card">
      {title || aside ? (
        <div className="hl-card-head">
          {title ? <Title order={2}>{title}</Title> : <span />}
          {aside ? <Group gap={8}>{aside}</Group> : null}
        </div>
      ) : null}
      <div className={pad ? "hl-card-body" : undefined}>{children}</div>
    </section>
  );
}

/** Facts by name. What is `null` is left out. */
export function Facts({ of }: { of: [string, ReactNode][] }) {
  return (
    <dl className="hl-kv">
      {of.filter(([, value]) => value !== null && value !== undefined && value !== false).map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A table. Where there is no room for its columns, each row stands by itself with the names of its cells; `wide` ones, of seven
 * columns or with buttons, do so early. A table of few columns stays one. */
export function Table({ label, head, children, wide = false }: { label: string; head: ReactNode; children: ReactNode; wide?: boolean }) {
  const place = useScrollStop<HTMLDivElement>();
  useLayoutEffect(() => nameCells(place.current));
  useFold(place, wide);
  return (
    <div ref={place} className="hl-scroll" role="region" aria-label={label} tabIndex={-1}>
      {/* The roles are the element's own, which a row that stands by itself would lose. */}
      <table className="hl-table" role="table">
        <thead role="rowgroup"><tr role="row">{head}</tr></thead>
        <tbody role="rowgroup">{children}</tbody>
      </table>
    </div>
  );
}

/** Below which widths rows stand by themselves, and from how many columns on. */
const [FOLDED_PX, WIDE_FOLDED_PX, FOLDED_COLUMNS_MIN] = [560, 820, 4];

function useFold(place: RefObject<HTMLElement | null>, wide: boolean) {
  useLayoutEffect(() => {
    const element = place.current;
    const table = element?.querySelector("table");
    if (!element || !table) return;
    const fold = () => table.toggleAttribute("data-folded", table.querySelectorAll("th").length >= FOLDED_COLUMNS_MIN && element.clientWidth < (wide ? WIDE_FOLDED_PX : FOLDED_PX));
    const observer = new ResizeObserver(fold);
    observer.observe(element);
    fold();
    return () => observer.disconnect();
  }, [place, wide]);
}

/** Writes the name of its column on each cell, and the roles that a style could take away. */
function nameCells(place: HTMLElement | null) {
  const heads = [...(place?.querySelectorAll("thead th") ?? [])];
  const names = heads.map((head) => (head.querySelector(".hl-sr, input") ? "" : (head.textContent ?? "")));
  for (const head of heads) head.setAttribute("role", "columnheader");
  for (const row of place?.querySelectorAll("tbody tr") ?? []) {
    row.setAttribute("role", "row");
    [...row.children].forEach((cell, column) => {
      cell.setAttribute("role", "cell");
      cell.setAttribute("data-label", names[column] ?? "");
    });
  }
}
