// What would be sent, and why or why not: nothing is.
import { Alert, Stack, Text } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";

import { useAsk } from "@/api/ask";
import type { TestInput } from "@/api/schema.generated";
import { bytes } from "@/pages/events/bytes";
import { Clauses, VERDICTS, type Explained } from "@/pages/events/WhyMatched";
import { Code } from "@/ui/code";
import { Headers } from "@/ui/headers";
import { Card } from "@/ui/layout";
import { Empty, Shown } from "@/ui/states";
import { Status } from "@/ui/status";

import { PreviewDocument, type PreviewQuery } from "./playground.generated";

type Preview = PreviewQuery["previewDelivery"];
const NOBODY: TestInput = { event: { type: "", version: 1, dataText: "" }, target: { subscriptionId: "" } };

/** `input` is absent while it is not complete. */
export function PreviewCard({ input, missing }: { input: TestInput | null; missing: string }) {
  const asked = useAsk(PreviewDocument, { input: input ?? NOBODY }, { pause: input === null, keep: "preview" });
  if (!input) return <Card title="What would be sent"><Empty title={missing} /></Card>;
  return <Shown asked={asked} rows={8}>{({ previewDelivery }) => <Told preview={previewDelivery} />}</Shown>;
}

function Told({ preview }: { preview: Preview }) {
  if (!preview.ok) {
    return (
      <Card title="What would be sent">
        <Alert color="yellow" variant="light" role="status" title="It cannot be told yet">{preview.refusals.map(({ message, pointer }, index) => <div key={index}>{message}{pointer ? ` (at ${pointer})` : ""}</div>)}</Alert>
      </Card>
    );
  }
  return (
    <>
      <Card title="Would it match?" aside={<Status tone={preview.matched ? "good" : "idle"} icon={preview.matched ? IconCheck : IconX}>{preview.verdict ? VERDICTS[preview.verdict] : preview.matched ? "Matched" : "Not matched"}</Status>}>
        <ul className="hl-plain">
          <li style={{ display: "flex", gap: 6 }}>{preview.typeMatched ? <IconCheck size={15} color="var(--hl-good)" aria-label="holds" /> : <IconX size={15} color="var(--hl-bad)" aria-label="does not hold" />} The type is {preview.typeMatched ? "wanted" : "not wanted"}</li>
        </ul>
        {preview.filter ? <div style={{ marginTop: 6 }}><Clauses clause={preview.filter as Explained} /></div> : preview.typeMatched ? <Text size="sm" c="dimmed" mt={6}>There is no filter.</Text> : null}
        {preview.notCastable ? <Text size="sm" c="var(--hl-bad)" mt={8}>It cannot be cast to version {preview.seenVersion}: {preview.notCastable}. A delivery would be a dead letter.</Text> : null}
      </Card>
      {preview.url ? (
        <Card title="What would be sent" aside={<Text size="xs" c="dimmed">seen at version {preview.seenVersion}, {bytes(preview.bodyBytes ?? 0)}</Text>}>
          <Stack gap={12}>
            <Text size="sm" className="hl-mono" style={{ overflowWrap: "anywhere" }}>{preview.method} {preview.url}</Text>
            <Headers headers={(preview.headers ?? []).map(({ name, value }) => [name, value])} label="request headers" />
            <Code text={preview.bodyText ?? ""} json label="request body" searchable={(preview.bodyText?.length ?? 0) > 2000} />
            <Text size="xs" c="dimmed">SHA-256 <span className="hl-mono" style={{ overflowWrap: "anywhere" }}>{preview.bodySha256}</span>. The signature is of this instant.</Text>
          </Stack>
        </Card>
      ) : null}
    </>
  );
}
