// Three steps to a first delivery, each of them real. What was done is kept in the address, so that nothing is lost by a reload.
import { Alert, Group, Stack, Text, Title } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState, type ReactNode } from "react";

import { useViewer } from "@/shell/viewer";
import { Page } from "@/ui/layout";

import { Arrivals } from "./Arrivals";
import { MakeSubscription } from "./MakeSubscription";
import { SendSample } from "./SendSample";

export function Start() {
  const { viewer } = useViewer();
  const search = useSearch({ from: "/start" });
  const navigate = useNavigate({ from: "/start" });
  const [arrived, setArrived] = useState<string | null>(null);
  const put = (part: typeof search) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false });
  const lacks = (["MANAGE", "PUBLISH", "READ"] as const).filter((scope) => !viewer.scopes.includes(scope));
  const { subscription, event, inbox } = search;
  return (
    <Page title="Three steps to a first delivery" about="Everything here is real, and can be deleted again afterwards.">
      {lacks.length > 0 ? <Alert color="yellow" variant="light">This needs a key that may {lacks.map((scope) => scope.toLowerCase()).join(", ")}; yours may not.</Alert> : null}
      <Stack gap={16} maw={860}>
        <Step number={1} title="Make a subscription" done={Boolean(subscription)} open={lacks.length === 0}>
          <MakeSubscription made={put} subscription={subscription} />
        </Step>
        <Step number={2} title="Send a sample event" done={Boolean(event)} open={Boolean(subscription)} comesTo={subscription}>
          <SendSample sent={(id) => put({ event: id })} again={Boolean(event)} />
        </Step>
        <Step number={3} title="Watch it arrive" done={event !== undefined && arrived === event} open={Boolean(event)} comesTo={event}>
          {subscription && event ? <Arrivals subscriptionId={subscription} eventId={event} inboxId={inbox} arrived={() => setArrived(event)} /> : null}
        </Step>
      </Stack>
    </Page>
  );
}

interface StepProps {
  number: number;
  title: string;
  done: boolean;
  open: boolean;
  /** What the step before made: when that is new, this step has the focus and is in sight. */
  comesTo?: string | undefined;
  children: ReactNode;
}

function Step({ number, title, done, open, comesTo, children }: StepProps) {
  const step = useRef<HTMLElement>(null);
  const began = useRef(comesTo);
  useEffect(() => {
    if (!comesTo || began.current === comesTo) return;
    began.current = comesTo;
    step.current?.querySelector("h2")?.focus({ preventScroll: true });
    step.current?.scrollIntoView({ block: "start" });
  }, [comesTo]);
  return (
    <section className="hl-card" ref={step} style={{ scrollMarginTop: 68 }} aria-current={open && !done ? "step" : undefined}>
      <div className="hl-card-body">
        <Group gap={14} wrap="nowrap" align="flex-start">
          <span className={`hl-status ${done ? "hl-good" : open ? "hl-info" : "hl-idle"}`} style={{ width: 30, height: 30, justifyContent: "center", padding: 0, fontSize: 14, flex: "none" }}>{done ? <IconCheck size={16} aria-label="done" /> : number}</span>
          <div style={{ flex: 1, minWidth: 0 }}>
            <Title order={2} mb={8} tabIndex={-1} style={{ outline: "none" }}>{title}</Title>
            {open || done ? children : <Text size="sm" c="dimmed">After the step before.</Text>}
          </div>
        </Group>
      </div>
    </section>
  );
}
