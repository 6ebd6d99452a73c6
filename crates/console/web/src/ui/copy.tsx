// Copying, and ids that can be copied.
import { ActionIcon, Button, CopyButton, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import type { ReactNode } from "react";

/** A small button that copies `value`. */
export function Copy({ value, label }: { value: string; label: string }) {
  return (
    <CopyButton value={value} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? "Copied" : `Copy ${label}`}>
          <ActionIcon size={24} variant="subtle" color="gray" onClick={copy} aria-label={copied ? "Copied" : `Copy ${label}`}>
            {copied ? <IconCheck size={13} /> : <IconCopy size={13} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

/** A button with words that copies `value`. */
export function CopyAs({ value, children }: { value: string; children: ReactNode }) {
  return (
    <CopyButton value={value} timeout={1500}>
      {({ copied, copy }) => (
        <Button variant="default" size="xs" leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />} onClick={copy}>
          {copied ? "Copied" : children}
        </Button>
      )}
    </CopyButton>
  );
}

/** An id, shortened in the middle unless `whole`, with a button that copies all of it. */
export function IdChip({ id, whole = false, children }: { id: string; whole?: boolean; children?: ReactNode }) {
  const kind = id.slice(0, id.indexOf("_") + 1);
  const shown = whole || id.length < 16 ? id : `${kind}…${id.slice(-6)}`;
  return (
    <span className="hl-chip">
      <span title={id} style={{ overflow: "hidden", textOverflow: "ellipsis" }}>{children ?? shown}</span>
      <Copy value={id} label={`id ${shown}`} />
    </span>
  );
}
