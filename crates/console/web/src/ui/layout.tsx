// The parts of which pages are made.
import { Group, Stack, Text, Title } from "@mantine/core";
import { useEffect, type ReactNode } from "react";

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

/** A table that scrolls by itself when the screen is narrow; reachable with the keyboard for that. */
export function Table({ label, head, children }: { label: string; head: ReactNode; children: ReactNode }) {
  return (
    <div className="hl-scroll" role="region" aria-label={label} tabIndex={0}>
      <table className="hl-table">
        <thead><tr>{head}</tr></thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
