// What can be done with a subscription, each after saying what will happen.
import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconDots, IconFlask, IconPencil, IconPlayerPause, IconPlayerPlay, IconPower, IconTrash } from "@tabler/icons-react";
import { Link, useRouter } from "@tanstack/react-router";
import { useState } from "react";

import { tell, useAct, useAsk, type Refusal } from "@/api/ask";
import { useMay } from "@/shell/viewer";
import { Confirm } from "@/ui/confirm";

import {
  ActivateSubscriptionDocument, DeleteSubscriptionDocument, DisableSubscriptionDocument, PauseSubscriptionDocument, ResumeSubscriptionDocument, WaitingOfDocument, type SubscriptionDetailFragment,
} from "./subscriptions.generated";

type Question = "pause" | "resume" | "disable" | "activate" | "delete";

export function SubscriptionActions({ subscription }: { subscription: SubscriptionDetailFragment }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const may = useMay("MANAGE");
  const { state, id } = subscription;
  if (!may || state === "DELETED") return null;
  return (
    <>
      {state === "ACTIVE" ? <Button variant="default" leftSection={<IconPlayerPause size={16} />} onClick={() => setQuestion("pause")}>Pause</Button> : null}
      {state === "PAUSED" ? <Button leftSection={<IconPlayerPlay size={16} />} onClick={() => setQuestion("resume")}>Resume</Button> : null}
      {state === "DISABLED" ? <Button leftSection={<IconPlayerPlay size={16} />} onClick={() => setQuestion("activate")}>Activate</Button> : null}
      <Button variant="default" leftSection={<IconFlask size={16} />} component={Link} to="/playground" search={{ subscription: id, type: firstType(subscription.eventTypes) } as never}>Try it</Button>
      <Button variant="default" leftSection={<IconPencil size={16} />} component={Link} to="/subscriptions/$id/edit" params={{ id } as never}>Edit</Button>
      <Menu position="bottom-end" width={200}>
        <Menu.Target><ActionIcon variant="default" size={36} aria-label="More actions"><IconDots size={18} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          {state !== "DISABLED" ? <Menu.Item leftSection={<IconPower size={16} />} onClick={() => setQuestion("disable")}>Disable…</Menu.Item> : null}
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => setQuestion("delete")}>Delete…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {question ? <Ask question={question} subscription={subscription} close={() => setQuestion(null)} /> : null}
    </>
  );
}

/** A type that it wants, if it names one. */
const firstType = (wanted: readonly string[]) => wanted.map((pattern) => pattern.split("@")[0]).find((pattern) => pattern && !pattern.includes("*"));

function Ask({ question, subscription, close }: { question: Question; subscription: SubscriptionDetailFragment; close: () => void }) {
  const { id } = subscription;
  const router = useRouter();
  const waiting = useAsk(WaitingOfDocument, { filter: { subscriptionId: id, states: ["WAITING", "RETRYING"] } });
  const acts = {
    pause: useAct(PauseSubscriptionDocument).act,
    resume: useAct(ResumeSubscriptionDocument).act,
    disable: useAct(DisableSubscriptionDocument).act,
    activate: useAct(ActivateSubscriptionDocument).act,
    delete: useAct(DeleteSubscriptionDocument).act,
  };
  const count = waiting.data?.deliveries.totalCount;
  const many = count ? `${count.exact ? "" : "more than "}${count.count.toLocaleString()} ${count.count === 1 ? "delivery" : "deliveries"}` : "the deliveries";
  const some = count === undefined || count.count > 0;
  const said: Record<Question, { title: string; action: string; done: string; text: string; note?: boolean; danger?: boolean }> = {
    pause: { title: "Pause this subscription?", action: "Pause", done: "Paused", note: true, text: `New events still match and wait. ${some ? `Right now ${many} wait, and stay waiting.` : "Nothing waits right now."} Attempts that are under way end as they end.` },
    resume: { title: "Resume this subscription?", action: "Resume", done: "Resumed", text: some ? `${cap(many)} that waited will be sent, as quickly as the limits allow.` : "Nothing waited. New events are delivered at once." },
    disable: { title: "Disable this subscription?", action: "Disable", done: "Disabled", note: true, danger: true, text: `New events no longer match: they are not delivered, not even later. ${some ? `${cap(many)} that wait are kept, and go on if it is activated again.` : "Nothing waits right now."}` },
    activate: { title: "Activate this subscription?", action: "Activate", done: "Activated", text: `New events match from now on. ${some ? `${cap(many)} that waited will be sent.` : "Nothing waited."} Events that were published while it was disabled are not delivered.` },
    delete: { title: "Delete this subscription?", action: "Delete for good", done: "Deleted", danger: true, text: `It is gone for good. ${some ? `${cap(many)} that wait will be cancelled.` : "Nothing waits right now."} What was delivered stays readable, and so does the history.` },
  };
  const { title, action, done, text, note = false, danger = false } = said[question];
  const run = async (words: string): Promise<readonly Refusal[]> => {
    const outcome = question === "pause" || question === "disable"
      ? await acts[question]({ input: { id, note: words || null } })
      : await acts[question]({ input: { id } });
    if (!outcome.ok) return outcome.refusals;
    tell(done);
    if (question === "delete") void router.navigate({ to: "/subscriptions" });
    return [];
  };
  return <Confirm title={title} action={action} danger={danger} withNote={note} {...(question === "delete" ? { typed: "delete" } : {})} close={close} run={run}>{text}</Confirm>;
}

const cap = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
