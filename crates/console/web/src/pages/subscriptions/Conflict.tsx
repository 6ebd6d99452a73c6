// Somebody else was faster: what they changed, what you did, and which of it shall be.
import { Button, Group, Modal, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { changed, SETTINGS, shown, type FormValues, type Setting } from "./model";

interface Props {
  /** What you began with, what is there now, and what you want. */
  base: FormValues;
  theirs: FormValues;
  yours: FormValues;
  resolve: (keepMine: Setting[]) => void;
  close: () => void;
}

export function Conflict({ base, theirs, yours, resolve, close }: Props) {
  const [mine, setMine] = useState<Setting[]>(() => changed(base, yours));
  const settings = (Object.keys(SETTINGS) as Setting[]).filter((setting) => changed(base, yours).includes(setting) || changed(base, theirs).includes(setting));
  return (
    <Modal opened onClose={close} size="xl" title="Somebody changed this subscription meanwhile">
      <Stack gap={16}>
        <Text size="sm">Nothing of yours was saved. Choose for each setting which value it shall have; settings that only one of you changed are chosen already.</Text>
        {settings.map((setting) => {
          const [was, now, want] = [shown(base, setting), shown(theirs, setting), shown(yours, setting)];
          return (
            <div key={setting} className="hl-card">
              <div className="hl-card-head">
                <Text fw={560} size="sm">{SETTINGS[setting]}</Text>
                <SegmentedControl size="xs" aria-label={`${SETTINGS[setting]}: which value`} value={mine.includes(setting) ? "mine" : "theirs"}
                  onChange={(choice) => setMine((list) => (choice === "mine" ? [...list, setting] : list.filter((one) => one !== setting)))}
                  data={[{ label: "Yours", value: "mine" }, { label: "Theirs", value: "theirs" }]} />
              </div>
              <div className="hl-card-body" style={{ display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(180px, 1fr))", gap: 12 }}>
                <Value title="It was" text={was} />
                <Value title={now === was ? "There now (unchanged)" : "There now"} text={now} chosen={!mine.includes(setting)} />
                <Value title={want === was ? "Yours (unchanged)" : "Yours"} text={want} chosen={mine.includes(setting)} />
              </div>
            </div>
          );
        })}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Back to the form</Button>
          <Button onClick={() => resolve(mine)}>Save as chosen</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Value({ title, text, chosen = false }: { title: string; text: string; chosen?: boolean }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Text size="xs" c="dimmed" mb={4}>{title}{chosen ? " ✓" : ""}</Text>
      <pre className="hl-code wrap" style={chosen ? { borderColor: "var(--mantine-primary-color-filled)" } : undefined}>{text || "(none)"}</pre>
    </div>
  );
}
