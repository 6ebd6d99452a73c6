// Deliveries as rows.
import { Checkbox, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { Table } from "@/ui/layout";
import { Dotted } from "@/ui/prose";
import { Answer, DeliveryBadge } from "@/ui/status";
import { Countdown, Time } from "@/ui/time";

import type { DeliveryRowFragment } from "./deliveries.generated";

interface Props {
  deliveries: readonly DeliveryRowFragment[];
  label: string;
  /** Fewer columns, where there is little room. */
  brief?: boolean;
  /** Without the subscription, where it is known. */
  ofOne?: boolean;
  fresh?: ReadonlySet<string>;
  chosen?: ReadonlySet<string>;
  choose?: (ids: ReadonlySet<string>) => void;
}

export function DeliveryTable({ deliveries, label, brief = false, ofOne = false, fresh, chosen, choose }: Props) {
  const all = deliveries.length > 0 && deliveries.every((delivery) => chosen?.has(delivery.id));
  const some = deliveries.some((delivery) => chosen?.has(delivery.id));
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    choose?.(next);
  };
  const head = (
    <>
      {choose ? <th className="tight"><Checkbox size="xs" aria-label="Choose all on this page" checked={all} indeterminate={some && !all} onChange={() => choose(all ? new Set() : new Set(deliveries.map(({ id }) => id)))} /></th> : null}
      <th>Event</th>{ofOne ? null : <th>To</th>}<th>State</th><th>Last answer</th>{brief ? null : <><th className="num">Attempts</th><th>Next</th></>}<th>Accepted</th>
    </>
  );
  return (
    <Table wide={!brief} label={label} head={head}>
      {deliveries.map((delivery) => (
        <tr key={delivery.id} data-fresh={fresh?.has(delivery.id) || undefined}>
          {choose ? <td><Checkbox size="xs" aria-label={`Choose ${delivery.id}`} checked={chosen?.has(delivery.id) ?? false} onChange={() => toggle(delivery.id)} /></td> : null}
          <td>
            <Link className="hl-rowlink hl-mono" to="/deliveries/$id" params={{ id: delivery.id }}><Dotted name={delivery.eventType} /><span className="hl-sr"> delivery {delivery.id.slice(-8)}</span></Link>
            {brief ? null : <Text size="xs" c="dimmed" className="hl-mono">{delivery.id.slice(0, 4)}…{delivery.id.slice(-8)}</Text>}
          </td>
          {ofOne ? null : (
            <td style={{ maxWidth: brief ? 180 : 240 }}>
              <Link to="/subscriptions/$id" params={{ id: delivery.subscriptionId }} className="hl-clamp" style={{ color: "inherit", textDecoration: "none" }} title={delivery.subscription?.endpoint}>
                {delivery.subscription?.description || delivery.subscription?.endpoint || delivery.subscriptionId}
              </Link>
            </td>
          )}
          <td className="tight"><DeliveryBadge state={delivery.state} /></td>
          <td className="tight"><Answer status={delivery.lastStatus} errorClass={delivery.lastErrorClass} /></td>
          {brief ? null : (
            <>
              <td className="num">{delivery.attemptCount}</td>
              <td className="tight">{delivery.nextAttemptAt ? <Text size="sm" component="span">{delivery.state === "WAITING" ? "its turn" : <Countdown to={delivery.nextAttemptAt} />}</Text> : null}</td>
            </>
          )}
          <td className="tight"><Group gap={6}><Text size="sm" c="dimmed" component="span"><Time at={delivery.createdAt} /></Text></Group></td>
        </tr>
      ))}
    </Table>
  );
}
