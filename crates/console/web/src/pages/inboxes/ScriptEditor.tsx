// What an inbox answers, as rows to edit.
import { ActionIcon, Button, Group, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";

import { flawOf, PRESETS, type Line } from "./script";

/** Rows that one inbox may have. */
const LINES_MAX = 20;

export function ScriptEditor({ lines, change }: { lines: Line[]; change: (lines: Line[]) => void }) {
  const set = (at: number, part: Partial<Line>) => change(lines.map((line, index) => (index === at ? { ...line, ...part } : line)));
  return (
    <Stack gap={10} role="group" aria-label="Responses">
      <div>
        <Text size="sm" fw={500}>Responses</Text>
        <Text size="xs" c="dimmed">One after the other; the last one stays.</Text>
      </div>
      <Group gap={6}>{PRESETS.map((preset) => <Button key={preset.name} size="compact-xs" variant="default" onClick={() => change(preset.lines)}>{preset.name}</Button>)}</Group>
      {lines.map((line, index) => {
        const flaw = flawOf(line);
        const last = index === lines.length - 1;
        return (
          <div key={index}>
            <Group gap={8} align="flex-end" wrap="nowrap">
              <NumberInput size="xs" label="Status" w={84} hideControls value={line.status} onChange={(status) => set(index, { status })} error={Boolean(flaw)} />
              <NumberInput size="xs" label={last ? "Then stays" : "Times"} w={84} hideControls disabled={last} value={last ? "" : line.times} onChange={(times) => set(index, { times })} />
              <NumberInput size="xs" label="After" suffix=" ms" w={96} hideControls value={line.delayMs} onChange={(delayMs) => set(index, { delayMs })} />
              <TextInput size="xs" label="Body" style={{ flex: 1, minWidth: 60 }} value={line.body} onChange={(event) => set(index, { body: event.currentTarget.value })} />
              <ActionIcon variant="subtle" color="gray" aria-label={`Remove response ${index + 1}`} disabled={lines.length === 1} onClick={() => change(lines.filter((_, at) => at !== index))}><IconTrash size={16} /></ActionIcon>
            </Group>
            {flaw ? <Text size="xs" c="var(--hl-bad)" mt={2} role="alert">{flaw}</Text> : null}
          </div>
        );
      })}
      <Group><Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} />} disabled={lines.length >= LINES_MAX} onClick={() => change([...lines, { status: 200, times: 1, delayMs: 0, body: "" }])}>Another response</Button></Group>
    </Stack>
  );
}
