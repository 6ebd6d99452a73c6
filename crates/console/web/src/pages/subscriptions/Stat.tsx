// One figure with its name.
import { Text } from "@mantine/core";
import type { ReactNode } from "react";

export function Stat({ label, value, note, aside }: { label: string; value: ReactNode; note?: ReactNode; aside?: ReactNode }) {
  return (
    <div className="hl-card" style={{ padding: "12px 16px" }}>
      <Text size="xs" c="dimmed" fw={560}>{label}</Text>
      <div style={{ display: "flex", justifyContent: "space-between", alignItems: "flex-end", gap: 8, marginTop: 4, minHeight: 30 }}>
        <div className="hl-stat-value">{value}</div>
        {aside}
      </div>
      {note ? <Text size="xs" c="dimmed" mt={4} component="div">{note}</Text> : null}
    </div>
  );
}
