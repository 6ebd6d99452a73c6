// Navigation around the pages.
import {
  ActionIcon, AppShell, Burger, Group, Menu, Text, Tooltip, UnstyledButton, useComputedColorScheme, useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconClock, IconLogout, IconMoon, IconSearch, IconSun } from "@tabler/icons-react";
import { Link, Outlet, useRouter, useRouterState } from "@tanstack/react-router";
import { Suspense, lazy, useEffect, useRef, useState } from "react";

import { useAsk } from "@/api/ask";
import logo from "@/assets/logo.svg";
import { Announcer } from "@/ui/announce";
import { AwayBanner, LiveDot } from "@/ui/live";
import { Failed, Loading } from "@/ui/states";
import { useWrittenOut, writeOut } from "@/ui/time";

import { PLACES } from "./nav";
import { ViewerContext } from "./viewer";
import { ViewerDocument, type ViewerQuery } from "./viewer.generated";

const Palette = lazy(() => import("./Palette"));

export function Shell() {
  const asked = useAsk(ViewerDocument, {});
  if (asked.data) return <Frame viewer={asked.data} />;
  return asked.error ? <main><AwayBanner /><Failed error={asked.error} again={asked.again} /></main> : <Loading />;
}

function Frame({ viewer }: { viewer: ViewerQuery }) {
  const [open, nav] = useDisclosure(false);
  const [palette, setPalette] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLDivElement>(null);
  const first = useRef(true);
  useEffect(() => {
    nav.close();
    // Whoever navigates with a screen reader hears the new page; nobody else notices.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [path]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setPalette(true);
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  return (
    <ViewerContext value={viewer}>
      <a className="hl-skip" href="#content">Skip to the content</a>
      <AppShell header={{ height: 52 }} navbar={{ width: 224, breakpoint: "md", collapsed: { mobile: !open } }} padding={0}
        styles={{ header: { background: "var(--hl-surface)", borderColor: "var(--hl-line)" }, navbar: { background: "var(--hl-surface)", borderColor: "var(--hl-line)" } }}>
        <AppShell.Header>
          <Group h="100%" px={14} justify="space-between" wrap="nowrap" gap={10}>
            <Group gap={10} wrap="nowrap">
              <Burger opened={open} onClick={nav.toggle} hiddenFrom="md" size="sm" aria-label={open ? "Close navigation" : "Open navigation"} aria-expanded={open} />
              <Link to="/" style={{ display: "flex", alignItems: "center", gap: 9, textDecoration: "none", color: "inherit" }}>
                <img src={logo} alt="" width={26} height={26} />
                <Text fw={660} size="md" component="span">Hookledger</Text>
              </Link>
            </Group>
            <Group gap={8} wrap="nowrap">
              <UnstyledButton onClick={() => setPalette(true)} className="hl-chip" style={{ padding: "4px 10px", fontFamily: "inherit", gap: 8, cursor: "pointer" }} aria-label="Go to or find Ctrl K">
                <IconSearch size={15} aria-hidden /><Text component="span" size="xs" c="dimmed" visibleFrom="sm">Go to or find</Text>{" "}<Text component="span" size="xs" c="dimmed" visibleFrom="sm" className="hl-mono">Ctrl K</Text>
              </UnstyledButton>
              <SchemeToggle />
              <Who viewer={viewer} />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p={10} component="nav" aria-label="Main">
          <div style={{ display: "flex", flexDirection: "column", gap: 2, flex: 1, overflowY: "auto" }}>
            {PLACES.map((group) => (
              <div key={group.head ?? "main"} style={{ display: "contents" }}>
                {group.head ? <div className="hl-nav-head">{group.head}</div> : null}
                {group.places.map(({ to, label, icon: Shape }) => (
                  <Link key={to} to={to} className="hl-nav" activeOptions={{ exact: to === "/", includeSearch: false }}>
                    <Shape size={18} stroke={1.7} aria-hidden />{label}
                  </Link>
                ))}
              </div>
            ))}
          </div>
          <Group justify="space-between" px={10} pt={10} style={{ borderTop: "1px solid var(--hl-line)" }}>
            <LiveDot />
            <Text size="xs" c="dimmed">v{viewer.service.version}</Text>
          </Group>
        </AppShell.Navbar>
        <AppShell.Main>
          <AwayBanner />
          <Announcer />
          <div id="content" ref={main} tabIndex={-1} style={{ outline: "none", padding: "20px clamp(12px, 2.4vw, 32px) 56px", maxWidth: 1480, margin: "0 auto" }}>
            <Outlet />
          </div>
        </AppShell.Main>
      </AppShell>
      {palette ? <Suspense><Palette close={() => setPalette(false)} /></Suspense> : null}
    </ViewerContext>
  );
}

function SchemeToggle() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const other = scheme === "dark" ? "light" : "dark";
  return (
    <Tooltip label={`Use the ${other} colours`}>
      <ActionIcon variant="subtle" color="gray" size="lg" onClick={() => setColorScheme(other)} aria-label={`Use the ${other} colours`}>
        {scheme === "dark" ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  );
}

function Who({ viewer }: { viewer: ViewerQuery }) {
  const { signOut } = useRouter().options.context;
  const who = viewer.viewer.actor.kind === "OPERATOR" ? "Operator" : "API key";
  const name = viewer.viewer.tenant?.name ?? "no tenant";
  const exactly = useWrittenOut();
  return (
    <Menu position="bottom-end" width={250}>
      <Menu.Target>
        <UnstyledButton style={{ display: "flex", alignItems: "center", gap: 4, padding: "4px 8px", borderRadius: 8 }} aria-label={`Signed in: ${name}, ${who}`}>
          <Text size="sm" fw={560} maw={120} truncate component="span">{name}</Text><IconChevronDown size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          Signed in as {who} of the tenant “{name}”. May: {viewer.viewer.scopes.map((scope) => scope.toLowerCase()).join(", ") || "nothing"}.
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item leftSection={<IconClock size={16} />} onClick={() => writeOut(!exactly)}>{exactly ? "Tell how long ago" : "Write times out"}</Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={signOut}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
