// A button that stays where it is while it works.
import { Button, Loader, type ButtonProps } from "@mantine/core";
import type { ComponentPropsWithoutRef, MouseEvent } from "react";

type Props = Omit<ButtonProps, "loading"> & Omit<ComponentPropsWithoutRef<"button">, keyof ButtonProps> & { busy: boolean };

/** A button that tells that it is at work, and does nothing more until then. It is not disabled meanwhile, for that would drop focus. */
export function BusyButton({ busy, onClick, leftSection, ...props }: Props) {
  // Also keeps a form from being sent twice.
  const press = (event: MouseEvent<HTMLButtonElement>) => (busy ? event.preventDefault() : onClick?.(event));
  return <Button {...props} onClick={press} aria-disabled={busy || undefined} aria-busy={busy} leftSection={busy ? <Loader size={14} color="currentColor" aria-hidden /> : leftSection} />;
}
