// What happens while somebody looks: counted, and shown when they ask for it.
import { Tooltip } from "@mantine/core";
import { useSyncExternalStore } from "react";

import { socketStore } from "@/api/client";

/** "3 new": above a list, so that nothing jumps under the mouse. `more`: some came too quickly to be told one by one. */
export function NewBar({ count, more = false, show, what, many = `${what}s` }: { count: number; more?: boolean; show: () => void; what: string; many?: string }) {
  const words = count >= 100 ? `100 or more new ${many}` : count > 0 ? `${count}${more ? " or more" : ""} new ${count === 1 && !more ? what : many}` : `New ${many}`;
  return (
    <div aria-live="polite">
      {count > 0 || more ? (
        <div className="hl-newbar"><button type="button" onClick={show}>{words}. Show</button></div>
      ) : null}
    </div>
  );
}

/** Whether news arrive by themselves. */
export function LiveDot() {
  const state = useSyncExternalStore(socketStore.subscribe, socketStore.get);
  const label = { off: "Not connected", connecting: "Connecting", live: "Live: news arrive by themselves", lost: "The connection is lost; trying again" }[state];
  const word = { off: "idle", connecting: "connecting", live: "live", lost: "offline" }[state];
  const tone = { off: "var(--hl-muted)", connecting: "var(--hl-muted)", live: "var(--hl-good)", lost: "var(--hl-warn)" }[state];
  return (
    <Tooltip label={label}>
      <span style={{ display: "inline-flex", alignItems: "center", gap: 6, fontSize: 12, color: "var(--hl-muted)" }}>
        <span className="hl-live" style={{ background: tone, animation: state === "live" ? undefined : "none" }} />
        {word}
      </span>
    </Tooltip>
  );
}
