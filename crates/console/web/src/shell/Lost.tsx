// Where nothing is, and where something broke.
import { Button } from "@mantine/core";
import { IconBug, IconCompassOff } from "@tabler/icons-react";
import { Link, type ErrorComponentProps } from "@tanstack/react-router";

import { Page } from "@/ui/layout";
import { Notice } from "@/ui/states";

export function NotFound() {
  return (
    <Page title="Not found">
      <Notice icon={IconCompassOff} title="There is nothing at this address" action={<Button component={Link} to="/">To the overview</Button>}>
        What belongs to another tenant looks the same as what does not exist.
      </Notice>
    </Page>
  );
}

/** A page that was open while the server was replaced asks for files that are gone. */
const isStale = (error: unknown) => error instanceof TypeError && /dynamically imported module/i.test(error.message);

export function Broken({ error, reset }: ErrorComponentProps) {
  const stale = isStale(error);
  return (
    <Page title="Something broke">
      <Notice icon={IconBug} title={stale ? "The server has a newer console" : "This page broke"}
        action={<Button onClick={() => (stale ? location.reload() : reset())}>{stale ? "Load it" : "Try again"}</Button>}>
        {stale ? "It was replaced while this page was open." : String(error)}
      </Notice>
    </Page>
  );
}
