// The form of a subscription, for a new one and for changes alike.
import {
  ActionIcon, Alert, Button, Group, NativeSelect, NumberInput, Radio, SegmentedControl, Stack, Switch, Text, Textarea, TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconAlertCircle, IconPlus, IconTrash } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState, type FormEvent, type ReactNode } from "react";

import type { Refusal } from "@/api/ask";
import { useAsk } from "@/api/ask";
import type { DeliveryFormat, Scheme } from "@/api/schema.generated";
import { Card } from "@/ui/layout";
import { Loading, Missed } from "@/ui/states";

import { FilterBuilder } from "./FilterBuilder";
import { FORMATS } from "./formats";
import { fieldOf, flawedNames, policyInput, validate, type Errors, type FormValues } from "./model";
import { Schedule } from "./Schedule";
import { RetryPreviewDocument } from "./subscriptions.generated";
import { TypePicker } from "./TypePicker";
import { useFieldNames } from "./useFieldNames";

interface Props {
  values: FormValues;
  set: (values: FormValues) => void;
  /** What the server said; shown at the fields, until they are changed. */
  refusals: readonly Refusal[];
  /** What the server would say to the values as they are; shown at fields that were touched. */
  expected: readonly Refusal[];
  fresh: boolean;
  busy: boolean;
  submit: () => void;
  cancel: () => void;
  action: string;
  /** Said beside the button. */
  note?: ReactNode;
  idle?: boolean;
}

export function SubscriptionForm({ values, set, refusals, expected, fresh, busy, submit, cancel, action, note, idle = false }: Props) {
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [strict, setStrict] = useState(false);
  const refusedWith = useRef(values);
  const said = useRef(refusals);
  if (said.current !== refusals) {
    said.current = refusals;
    refusedWith.current = values;
  }
  const own = useMemo(() => validate(values), [values]);
  const fields = useFieldNames(values.eventTypes);
  const served = useMemo<Errors>(() => {
    const errors: Errors = {};
    for (const refusal of refusals) {
      const field = fieldOf(refusal.field);
      const root = field?.split(".")[0] as keyof FormValues | undefined;
      const unchanged = !root || !(root in values) || values[root] === refusedWith.current[root];
      if (unchanged) errors[field ?? "form"] = refusal.pointer ? `${refusal.message} (at ${refusal.pointer})` : refusal.message;
    }
    return errors;
  }, [refusals, values]);
  const foreseen = useMemo<Errors>(() => Object.fromEntries(expected.map(({ field, message, pointer }) => [fieldOf(field) ?? "form", pointer ? `${message} (at ${pointer})` : message])), [expected]);
  const errorOf = (field: string) => served[field] ?? (strict || touched.has(field) ? (own[field] ?? foreseen[field]) : undefined);
  const touch = (field: string) => setTouched((now) => (now.has(field) ? now : new Set(now).add(field)));
  const put = <Field extends keyof FormValues>(field: Field, value: FormValues[Field]) => set({ ...values, [field]: value });
  const form = useRef<HTMLFormElement>(null);
  const go = (event: FormEvent) => {
    event.preventDefault();
    setStrict(true);
    if (Object.keys(own).length > 0) requestAnimationFrame(() => goToFlaw(form.current));
    else submit();
  };
  // What the server refuses comes into sight like what the form finds.
  useEffect(() => { if (refusals.length > 0) goToFlaw(form.current); }, [refusals]);
  const text = (field: "endpoint" | "description" | "delays" | "firstWait" | "longestWait" | "finalStatuses" | "ownSecret") => ({
    value: values[field], error: errorOf(field), onBlur: () => touch(field), onChange: (event: { currentTarget: { value: string } }) => put(field, event.currentTarget.value), spellCheck: false,
  });
  const figure = (field: "factor" | "attemptsMax" | "windowHours" | "jitterPercent" | "concurrency" | "ratePerSecond" | "timeoutSeconds") => ({
    value: values[field], error: errorOf(field), onBlur: () => touch(field), onChange: (value: number | string) => put(field, value), hideControls: true,
  });
  return (
    <form ref={form} onSubmit={go} noValidate>
      <Stack gap={16}>
        <div className="hl-grid2">
          <Stack gap={16}>
            <Card title="Endpoint">
              <Stack gap={14}>
                <TextInput label="URL" withAsterisk placeholder="https://example.com/hooks" description="Must lead to a public address over https, unless this server is in development mode" inputMode="url" {...text("endpoint")} />
                <Switch label="Ask the endpoint first" description="Nothing is delivered before it agrees: an OPTIONS request with WebHook-Request-Origin, as CloudEvents has it" checked={values.verifyEndpoint} onChange={(event) => put("verifyEndpoint", event.currentTarget.checked)} />
                <Textarea label="What it is for" placeholder="Regressions, for the pager" autosize minRows={1} {...text("description")} />
              </Stack>
            </Card>
            <Card title="Events">
              <TypePicker value={values.eventTypes} change={(types) => { touch("eventTypes"); put("eventTypes", types); }} error={errorOf("eventTypes") ?? Object.entries({ ...own, ...foreseen, ...served }).find(([field]) => field.startsWith("eventTypes."))?.[1]} />
            </Card>
            <Card title="Filter">
              <div data-flawed={served.filter || foreseen.filter || (strict && own.filter) ? "" : undefined}>
                <FilterBuilder value={values.filter} change={(filter) => put("filter", filter)} error={served.filter ?? foreseen.filter ?? (strict ? own.filter : undefined)} strict={strict} fields={fields} />
              </div>
            </Card>
            <Card title="Format">
              <Radio.Group aria-label="Format" value={values.format} onChange={(format) => put("format", format as DeliveryFormat)} error={errorOf("format")}>
                <Stack gap={10}>{Object.entries(FORMATS).map(([value, { label, about }]) => <Radio key={value} size="xs" value={value} label={label} description={about} />)}</Stack>
              </Radio.Group>
            </Card>
          </Stack>
          <Stack gap={16}>
            <Card title="Retries">
              <Stack gap={14}>
                {served.retryPolicy ? <Alert color="red" variant="light" role="alert">{served.retryPolicy}</Alert> : null}
                <SegmentedControl size="xs" aria-label="How waits follow each other" value={values.backoff} onChange={(backoff) => put("backoff", backoff as FormValues["backoff"])} data={[{ label: "Growing waits", value: "exponential" }, { label: "A list of waits", value: "list" }]} />
                {values.backoff === "exponential" ? (
                  <div className="hl-fields">
                    <TextInput label="First wait" placeholder="5s" {...text("firstWait")} />
                    <NumberInput label="Then times" {...figure("factor")} />
                    <TextInput label="At most" placeholder="6h" {...text("longestWait")} />
                    <NumberInput label="Attempts" {...figure("attemptsMax")} />
                  </div>
                ) : <TextInput label="Waits" description="One after each failed attempt: ms, s, m, h, d" {...text("delays")} />}
                <div className="hl-fields">
                  <NumberInput label="Window" suffix=" h" description="After that, none" {...figure("windowHours")} />
                  <NumberInput label="Jitter" suffix=" %" description="Only ever adds" {...figure("jitterPercent")} />
                  <TextInput label="Final statuses" placeholder="404, 422" description="Not tried again" {...text("finalStatuses")} />
                </div>
                <Preview values={values} good={!["firstWait", "factor", "longestWait", "delays", "attemptsMax", "windowHours", "jitterPercent", "finalStatuses"].some((field) => field in own)} />
              </Stack>
            </Card>
            <Card title="Limits">
              <Stack gap={10}>
                {served.limits ? <Alert color="red" variant="light" role="alert">{served.limits}</Alert> : null}
                <div className="hl-fields">
                  <NumberInput label="Attempts at once" {...figure("concurrency")} />
                  <NumberInput label="Attempts a second" placeholder="no limit" {...figure("ratePerSecond")} />
                  <NumberInput label="Timeout" suffix=" s" {...figure("timeoutSeconds")} />
                </div>
              </Stack>
            </Card>
            <Card title="Headers" aside={<Button size="compact-sm" variant="default" leftSection={<IconPlus size={14} />} onClick={() => put("headers", [...values.headers, { name: "", value: "", kept: false }])} disabled={values.headers.length >= 32}>Add a header</Button>}>
              <Stack gap={8}>
                <Text size="sm" c="dimmed">Sent with each request. Values are encrypted and never shown again, only replaced.</Text>
                {values.headers.map((header, index) => (
                  <Group key={index} gap={8} wrap="nowrap" align="flex-start">
                    <TextInput aria-label={`Name of header ${index + 1}`} placeholder="X-Team" style={{ flex: 1 }} disabled={header.kept} value={header.name} error={errorOf(`headers.${index}.name`) ?? errorOf(`headers.${index}`)} spellCheck={false}
                      onBlur={() => touch(`headers.${index}.name`)} onChange={(event) => put("headers", values.headers.map((row, at) => (at === index ? { ...row, name: event.currentTarget.value } : row)))} />
                    <TextInput aria-label={`Value of header ${index + 1}`} placeholder={header.kept ? "unchanged" : "value"} style={{ flex: 1 }} value={header.value} error={errorOf(`headers.${index}.value`)} spellCheck={false} autoComplete="off"
                      onBlur={() => touch(`headers.${index}.value`)} onChange={(event) => put("headers", values.headers.map((row, at) => (at === index ? { ...row, value: event.currentTarget.value } : row)))} />
                    <ActionIcon mt={4} variant="subtle" color="gray" aria-label={`Remove header ${index + 1}`} onClick={() => put("headers", values.headers.filter((_, at) => at !== index))}><IconTrash size={16} /></ActionIcon>
                  </Group>
                ))}
              </Stack>
            </Card>
            <Card title="Labels" aside={<Button size="compact-sm" variant="default" leftSection={<IconPlus size={14} />} onClick={() => put("labels", [...values.labels, { key: "", value: "" }])} disabled={values.labels.length >= 32}>Add a label</Button>}>
              <Stack gap={8}>
                {values.labels.length === 0 ? <Text size="sm" c="dimmed">Your own words, such as team: performance.</Text> : null}
                {values.labels.map((label, index) => (
                  <Group key={index} gap={8} wrap="nowrap" align="flex-start">
                    <TextInput aria-label={`Name of label ${index + 1}`} placeholder="team" style={{ flex: 1 }} value={label.key} error={errorOf(`labels.${index}.key`)} onBlur={() => touch(`labels.${index}.key`)}
                      onChange={(event) => put("labels", values.labels.map((row, at) => (at === index ? { ...row, key: event.currentTarget.value } : row)))} />
                    <TextInput aria-label={`Value of label ${index + 1}`} placeholder="performance" style={{ flex: 1 }} value={label.value} error={errorOf(`labels.${index}.value`)} onBlur={() => touch(`labels.${index}.value`)}
                      onChange={(event) => put("labels", values.labels.map((row, at) => (at === index ? { ...row, value: event.currentTarget.value } : row)))} />
                    <ActionIcon mt={4} variant="subtle" color="gray" aria-label={`Remove label ${index + 1}`} onClick={() => put("labels", values.labels.filter((_, at) => at !== index))}><IconTrash size={16} /></ActionIcon>
                  </Group>
                ))}
              </Stack>
            </Card>
            {fresh ? (
              <Card title="Signing">
                <Stack gap={14}>
                  <NativeSelect label="Scheme" value={values.scheme} onChange={(event) => put("scheme", event.currentTarget.value as Scheme)}
                    data={[{ value: "HMAC_SHA256", label: "HMAC-SHA256 (Standard Webhooks v1)" }, { value: "ED25519", label: "ed25519 (v1a): the receiver holds no secret" }, { value: "HMAC_SHA512", label: "HMAC-SHA512, in a header of its own" }]} />
                  <TextInput label="A secret of your own" placeholder={values.scheme === "ED25519" ? "whsk_…" : "whsec_…"} description="One is made if you leave this empty, and shown once" autoComplete="off" {...text("ownSecret")} />
                  <Switch label="Deliver from the start" checked={values.active} onChange={(event) => put("active", event.currentTarget.checked)} />
                </Stack>
              </Card>
            ) : null}
          </Stack>
        </div>
        <div className="hl-form-foot">
          <div aria-live="polite">
            {served.form ? <Alert mb={10} color="red" variant="light" icon={<IconAlertCircle size={18} />} role="alert">{served.form}</Alert> : null}
            {foreseen.form && !served.form ? <Text mb={10} size="sm" c="var(--hl-warn)" role="alert">{foreseen.form}</Text> : null}
            {strict && Object.keys(own).length > 0 ? <Text mb={10} size="sm" c="var(--hl-bad)">Not right yet: {flawedNames(own).join(", ")}</Text> : null}
          </div>
          <Group justify="flex-end" gap={10}>
            {note ? <Text size="sm" c="dimmed" component="div">{note}</Text> : null}
            <Button variant="default" onClick={cancel}>Cancel</Button>
            <Button type="submit" loading={busy} disabled={idle}>{action}</Button>
          </Group>
        </div>
      </Stack>
    </form>
  );
}

/** The first field with something wrong has the focus, and is in sight between what sticks above and below. */
function goToFlaw(form: HTMLFormElement | null) {
  const place = form?.querySelector<HTMLElement>("[aria-invalid=true], [data-flawed]");
  const within = ["[aria-invalid=true]", "[contenteditable=true]", "input", "button"].map((what) => place?.querySelector<HTMLElement>(what));
  const field = place?.hasAttribute("data-flawed") ? within.find((one) => one) : place;
  field?.focus({ preventScroll: true });
  (place ?? field)?.scrollIntoView({ block: "center" });
}

/** The schedule that the server makes of the policy. */
function Preview({ values, good }: { values: FormValues; good: boolean }) {
  const policy = useMemo(() => (good ? policyInput(values) : null), [values, good]);
  const [settled] = useDebouncedValue(policy, 250);
  const key = JSON.stringify(settled);
  const stable = useMemo(() => settled, [key]); // eslint-disable-line react-hooks/exhaustive-deps
  const asked = useAsk(RetryPreviewDocument, { policy: stable ?? {} }, { pause: stable === null, keep: "preview" });
  if (!good) return <Text size="sm" c="dimmed">The schedule is shown once the policy is complete.</Text>;
  if (asked.error) return <Missed asked={asked} what="the schedule" />;
  const steps = asked.data?.retryPolicyPreview.schedule;
  return steps ? <Schedule steps={steps} jitterPercent={Number(values.jitterPercent)} /> : <Loading rows={3} />;
}
