// Throw-away receivers in the server.
import { Button, Text } from "@mantine/core";
import { IconInbox, IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { useAsk } from "@/api/ask";
import { useMay } from "@/shell/viewer";
import { Copy } from "@/ui/copy";
import { Card, Page, Table } from "@/ui/layout";
import { Empty, Shown } from "@/ui/states";
import { Countdown } from "@/ui/time";

import { EditInbox } from "./Edit";
import { InboxesDocument } from "./inboxes.generated";
import { sentenceOf } from "./script";

/** Inboxes that a tenant may have. */
export const INBOXES_MAX = 20;

export function Inboxes() {
  const may = useMay("MANAGE");
  const navigate = useNavigate();
  const asked = useAsk(InboxesDocument, {}, { keep: "inboxes" });
  const [making, setMaking] = useState(false);
  const full = (asked.data?.inboxes.length ?? 0) >= INBOXES_MAX;
  const make = may ? <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)} disabled={full}>New inbox</Button> : null;
  return (
    <Page title="Inboxes" about="Receivers in the server itself, to try things out without one of your own: each shows what arrives, checks its signature, and answers as you choose." actions={make}>
      <Card pad={false}>
        <Shown asked={asked}>
          {({ inboxes }) => inboxes.length === 0 ? (
            <Empty icon={IconInbox} title="No inboxes" action={make}>Make one, and use its address as the endpoint of a subscription. It lives in the memory of the server, and is gone when that stops.</Empty>
          ) : (
            <Table label="Inboxes" head={<><th>Name</th><th>Address</th><th>Answers</th><th className="num">Received</th><th>Goes away</th></>}>
              {inboxes.map((inbox) => (
                <tr key={inbox.id}>
                  <td><Link className="hl-rowlink" to="/inboxes/$id" params={{ id: inbox.id }}>{inbox.name || "Without a name"}</Link></td>
                  <td><span className="hl-chip"><span className="hl-truncate" style={{ maxWidth: 280 }} title={inbox.url}>{inbox.url}</span><Copy value={inbox.url} label={`address of ${inbox.name || "the inbox"}`} /></span></td>
                  <td>{sentenceOf(inbox.responses)}</td>
                  <td className="num">{inbox.received.toLocaleString()}</td>
                  <td className="tight"><Text size="sm" c="dimmed" component="span"><Countdown to={inbox.expiresAt} /></Text></td>
                </tr>
              ))}
            </Table>
          )}
        </Shown>
      </Card>
      {full ? <Text size="sm" c="dimmed">A tenant has at most {INBOXES_MAX} inboxes. Delete one to make another.</Text> : null}
      {making ? <EditInbox close={() => setMaking(false)} done={({ id }) => void navigate({ to: "/inboxes/$id", params: { id } })} /> : null}
    </Page>
  );
}
