// Dead letters by cause: what they have in common decides what is to be done.
import { Button, Group, Text } from "@mantine/core";
import { IconConfetti } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import { useAsk, useWritten } from "@/api/ask";
import { REASONS } from "@/pages/deliveries/reasons";
import { useMay } from "@/shell/viewer";
import { Table } from "@/ui/layout";
import { Empty, Shown } from "@/ui/states";
import { Answer } from "@/ui/status";
import { Time } from "@/ui/time";

import type { Wanted } from "./Bulk";
import { filterOfGroup, searchOfGroup } from "./cause";
import { DeadLetterGroupsDocument } from "./dead-letters.generated";

/** How often groups are asked for again, and how soon after something was done to them. */
const [EVERY_MS, SETTLES_MS] = [10_000, 1_000];

export function Groups({ ask, refresh }: { ask: (wanted: Wanted) => void; refresh: number }) {
  const may = useMay("MANAGE");
  const asked = useAsk(DeadLetterGroupsDocument, { minPosition: useWritten() }, { keep: "groups" });
  const { again } = asked;
  const over = useRef(false);
  useEffect(() => {
    if (refresh === 0) return;
    again();
    // The view of deliveries may be a moment behind that of what was done to them.
    const timer = setTimeout(again, SETTLES_MS);
    return () => clearTimeout(timer);
  }, [refresh, again]);
  // Groups come, go and change places; not while somebody points at one.
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden && !over.current) again(); }, EVERY_MS);
    return () => clearInterval(timer);
  }, [again]);
  return (
    <div onPointerEnter={() => { over.current = true; }} onPointerLeave={() => { over.current = false; }}>
    <Shown asked={asked} rows={6}>
      {({ deadLetterGroups: { groups, complete } }) => groups.length === 0 ? <Empty icon={IconConfetti} title="No dead letters">Everything was delivered, or is still being tried.</Empty> : (
        <>
          <Table wide label="Dead letters by cause" head={<><th className="num">How many</th><th>Last answer</th><th>Because</th><th>To</th><th>Last</th><th><span className="hl-sr">What to do</span></th></>}>
            {groups.map((group) => {
              const name = group.subscription?.description || group.subscription?.endpoint || group.subscriptionId;
              const cause = group.lastStatus ?? group.lastErrorClass ?? "never sent";
              const what = `to “${name}” became so with ${cause} as the last answer`;
              return (
                <tr key={`${group.subscriptionId} ${group.reason} ${group.lastStatus} ${group.lastErrorClass}`}>
                  <td className="num"><b>{group.count.toLocaleString()}</b></td>
                  <td className="tight">{group.lastStatus == null && group.lastErrorClass == null ? <Text size="sm" c="dimmed">never sent</Text> : <Answer status={group.lastStatus} errorClass={group.lastErrorClass} />}</td>
                  <td style={{ minWidth: 150 }}>{REASONS[group.reason]}</td>
                  <td style={{ maxWidth: 240 }}><Link to="/subscriptions/$id" params={{ id: group.subscriptionId }} className="hl-clamp" style={{ color: "inherit" }} title={group.subscription?.endpoint}>{name}</Link></td>
                  <td className="tight"><Text size="sm" c="dimmed" component="div"><Time at={group.lastAt} /></Text><Text size="xs" c="dimmed" component="div">first <Time at={group.firstAt} /></Text></td>
                  <td className="tight">
                    <Group gap={6} className="hl-row-actions">
                      {group.sample ? <Button size="compact-sm" variant="subtle" component={Link} to="/deliveries/$id" params={{ id: group.sample.id } as never} aria-label={`Example of ${cause} to ${name}`}>Example</Button> : null}
                      <Button size="compact-sm" variant="subtle" component={Link} to="/dead-letters" search={searchOfGroup(group) as never} aria-label={`List ${cause} to ${name}`}>List</Button>
                      {may ? <Button size="compact-sm" variant="default" onClick={() => ask({ kind: "RETRY", filter: filterOfGroup(group), what })} aria-label={`Retry ${cause} to ${name}`}>Retry…</Button> : null}
                      {may ? <Button size="compact-sm" variant="subtle" color="red" onClick={() => ask({ kind: "CANCEL", filter: filterOfGroup(group), what })} aria-label={`Discard ${cause} to ${name}`}>Discard…</Button> : null}
                    </Group>
                  </td>
                </tr>
              );
            })}
          </Table>
          {complete ? null : <Text size="xs" c="dimmed" p={12}>The newest 100,000 dead letters were looked at, and the 100 largest groups are shown.</Text>}
        </>
      )}
    </Shown>
    </div>
  );
}
