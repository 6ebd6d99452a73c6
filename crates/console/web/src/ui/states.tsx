// What a page shows when it has nothing to show: on its way, empty, refused, failed.
import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconLock, IconMoodEmpty, IconPlugConnectedX, IconRefresh, type Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { CombinedError } from "urql";

import type { Asked } from "@/api/ask";
import { codeOf, messageOf } from "@/api/client";

import { useAnnounced } from "./announce";
import { Page } from "./layout";

/** A plain statement in the middle of a card. */
export function Notice({ icon: Shape, title, children, action }: { icon: Icon; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Stack align="center" gap={8} py={44} px={20} ta="center">
      <Shape size={30} stroke={1.5} color="var(--hl-muted)" aria-hidden />
      <Text fw={600}>{title}</Text>
      {children ? <Text size="sm" c="dimmed" maw={520}>{children}</Text> : null}
      {action ? <Group mt={8}>{action}</Group> : null}
    </Stack>
  );
}

/** Rows that are on their way. */
export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <Stack gap={12} p={16} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => <Skeleton key={row} height={18} width={`${92 - ((row * 17) % 38)}%`} />)}
    </Stack>
  );
}

/** There is nothing, and that may be as it should be. */
export function Empty({ title, children, action, icon = IconMoodEmpty }: { title: string; children?: ReactNode; action?: ReactNode; icon?: Icon }) {
  useAnnounced(title);
  return <Notice icon={icon} title={title} action={action}>{children}</Notice>;
}

/** What an address names is not there, or is another tenant's: that looks the same. */
export function Gone({ what, icon = IconMoodEmpty, children }: { what: string; icon?: Icon; children?: ReactNode }) {
  return (
    <Page title="Not found">
      <Notice icon={icon} title={`There is no such ${what}`}>{children} It may belong to another tenant: that looks the same.</Notice>
    </Page>
  );
}

/** The server said no, or could not be asked. */
export function Failed({ error, again }: { error: CombinedError; again?: () => void }) {
  const code = codeOf(error);
  const refused = code === "FORBIDDEN";
  const title = refused ? "You may not see this" : code === "NETWORK" ? "The server cannot be reached" : "This could not be loaded";
  const retry = again && !refused ? <Button variant="default" leftSection={<IconRefresh size={16} />} onClick={again}>Try again</Button> : undefined;
  return (
    <div role="alert">
      <Notice icon={refused ? IconLock : IconPlugConnectedX} title={title} action={retry}>
        {messageOf(error)} {refused ? "Sign in with a key that has the scope." : null}
      </Notice>
    </div>
  );
}

/** What was asked for, or whichever of the other states holds. Data that came with an error is shown, and the error too.
 * Where what was asked for brings the page, `page` is its name until then. */
export function Shown<Data>({ asked, children, rows = 6, page }: { asked: Asked<Data>; children: (data: Data) => ReactNode; rows?: number; page?: string }) {
  if (asked.data !== undefined && asked.data !== null) {
    return (
      <>
        {asked.error ? <Partial error={asked.error} again={asked.again} /> : null}
        {children(asked.data)}
      </>
    );
  }
  const state = asked.error ? <Failed error={asked.error} again={asked.again} /> : <Loading rows={rows} />;
  return page ? <Page title={page}>{state}</Page> : state;
}

/** A part of a form that could not be loaded: what it offers is missing, and the rest works. */
export function Missed({ asked, what }: { asked: Asked<unknown>; what: string }) {
  if (!asked.error) return null;
  const refused = codeOf(asked.error) === "FORBIDDEN";
  return (
    <Text size="sm" c="var(--hl-warn)" role="alert" component="div">
      {refused ? `You may not see ${what}: ` : `Could not load ${what}: `}{messageOf(asked.error)}{" "}
      {refused ? null : <Button variant="subtle" size="compact-xs" onClick={asked.again}>Try again</Button>}
    </Text>
  );
}

function Partial({ error, again }: { error: CombinedError; again: () => void }) {
  return (
    <div className="hl-status hl-warn" role="alert" style={{ margin: 12, whiteSpace: "normal", borderRadius: 8, padding: "4px 10px" }}>
      What you see may be old or incomplete: {messageOf(error)}{" "}
      <Button variant="subtle" size="compact-xs" onClick={again}>Try again</Button>
    </div>
  );
}
