// What happens while somebody looks: counted, and shown when they ask for it.
import { Tooltip } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useSyncExternalStore } from "react";

import { socketStore } from "@/api/client";
import { awayStore } from "@/api/presence";

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

/** Says on every page that the server is away, until it is back. */
export function AwayBanner() {
  const away = useSyncExternalStore(awayStore.subscribe, awayStore.get);
  return (
    <div role="status">
      {away ? <div className="hl-away"><IconPlugConnectedX size={18} aria-hidden /><span><b>The server cannot be reached.</b> What you see may be old. It is asked again and again, and this goes away when it answers.</span></div> : null}
    </div>
  );
}

/** Whether news arrive by themselves. */
export function LiveDot() {
  const state = useSyncExternalStore(socketStore.subscribe, socketStore.get);
  const label = { off: "News do not arrive by themselves at the moment", connecting: "Connecting", live: "Live: news arrive by themselves", lost: "The connection is lost; trying again" }[state];
  const word = { off: "not live", connecting: "connecting", live: "live", lost: "offline" }[state];
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
