// What became of a test: each step of the connection, and what came back.
import { Stack, Text } from "@mantine/core";
import { IconCertificate, IconCheck, IconX } from "@tabler/icons-react";

import type { ConnectionStepKind } from "@/api/schema.generated";
import { Waterfall } from "@/pages/deliveries/Waterfall";
import { Code } from "@/ui/code";
import { Headers } from "@/ui/headers";
import { Facts } from "@/ui/layout";
import { Status } from "@/ui/status";
import { duration, Time } from "@/ui/time";

import type { TestResultFragment } from "./playground.generated";

/** What each step is called when it went well, and when it did not. */
const STEPS: Record<ConnectionStepKind, [string, string]> = {
  DNS: ["Name looked up", "Name not found"], ADDRESS: ["Addresses checked", "Addresses refused"], TCP: ["Connected", "Not connected"], TLS: ["Keys agreed on", "No keys agreed on"], REQUEST: ["Request sent", "Request not sent"], RESPONSE: ["Answered", "No answer"],
};

export function Steps({ test }: { test: TestResultFragment }) {
  return (
    <ol className="hl-timeline" aria-label="Steps of the connection">
      {test.connection.map((step, index) => (
        <li key={index}>
          <span className={`dot hl-${step.ok ? "good" : "bad"}`}>{step.ok ? <IconCheck size={11} stroke={2.6} aria-label="went well" /> : <IconX size={11} stroke={2.6} aria-label="failed" />}</span>
          <Text size="sm" component="div" style={{ display: "flex", justifyContent: "space-between", gap: 12 }}><b>{STEPS[step.kind][step.ok ? 0 : 1]}</b><span style={{ color: "var(--hl-muted)" }}>{step.durationMs == null ? "" : duration(step.durationMs)}</span></Text>
          <Text size="sm" c={step.ok ? "dimmed" : "var(--hl-bad)"} style={{ overflowWrap: "anywhere" }}>{step.detail}</Text>
          {step.tlsVersion ? <Text size="sm" c="dimmed">TLS {step.tlsVersion}</Text> : null}
          {step.certificate ? <Certificate certificate={step.certificate} at={test.at} /> : null}
        </li>
      ))}
    </ol>
  );
}

/** Days before the end of a certificate at which that is worth a word. */
const SOON_DAYS = 30;

function Certificate({ certificate, at }: { certificate: NonNullable<TestResultFragment["connection"][number]["certificate"]>; at: string }) {
  const { subject, issuer, notBefore, notAfter, names, selfIssued } = certificate;
  const days = Math.floor((Date.parse(notAfter) - Date.parse(at)) / 86_400_000);
  return (
    <div style={{ marginTop: 6 }}>
      <Status tone={days < 0 ? "bad" : days < SOON_DAYS ? "warn" : "good"} icon={IconCertificate}>{days < 0 ? "The certificate has expired" : `The certificate is good for ${days} more ${days === 1 ? "day" : "days"}`}</Status>
      <div style={{ marginTop: 6 }}>
        <Facts of={[
          ["Until", <Time at={notAfter} absolute />],
          ["From", <Time at={notBefore} absolute />],
          ["For", <span className="hl-mono">{names.slice(0, 5).join(", ")}{names.length > 5 ? `, and ${names.length - 5} more` : ""}</span>],
          ["Of", subject ? <span className="hl-mono">{subject}</span> : null],
          ["By", selfIssued ? "itself" : <span className="hl-mono">{issuer}</span>],
        ]} />
      </div>
    </div>
  );
}

export function Result({ test }: { test: TestResultFragment }) {
  const { response, failure, phases } = test.attempt;
  return (
    <div className="hl-grid2">
      <Steps test={test} />
      <Stack gap={14}>
        {failure ? (
          <><Text fw={560}>No response: <span className="hl-mono">{failure.class}</span></Text><Text size="sm">{failure.message}</Text></>
        ) : null}
        {response ? (
          <>
            <Facts of={[["Status", <b>{response.status}</b>], ["From", test.attempt.address ? <span className="hl-mono">{test.attempt.address}</span> : null], ["In", duration(phases.totalMs)]]} />
            <Headers headers={response.headers.map(({ name, value }) => [name, value])} label="response headers" />
            {response.body ? <Code text={response.body} json label="response body" searchable={response.body.length > 2000} /> : <Text size="sm" c="dimmed">The body was empty.</Text>}
            {response.truncated ? <Text size="sm" c="dimmed">There was more; at most 16 KiB are kept.</Text> : null}
          </>
        ) : null}
        <Waterfall phases={phases} />
      </Stack>
    </div>
  );
}
