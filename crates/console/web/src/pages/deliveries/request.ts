// The request that an attempt made, put together again from what is on record. Pure, but for the digest.
import type { DeliveryFormat } from "@/api/schema.generated";

interface EventParts { id: string; type: string; source: string; publisherId?: string | null; time: string; metadataText?: string | null }
/** The event as its receiver sees it: at which version, what the schema of that is called, and the data at it. */
interface SeenParts { version: number; schema?: string | null; dataText?: string | null }
export interface Sent { body: string; headers: [string, string][] }

const json = (text: string) => JSON.stringify(text);

/** Body and headers of the form, byte for byte; `isExact` tells whether it is. */
export function sentOf(format: DeliveryFormat, event: EventParts, seen: SeenParts): Sent {
  const data = seen.dataText ?? "null";
  if (format === "STANDARD_WEBHOOKS") {
    const schema = seen.schema ? `,"schema":${json(seen.schema)}` : "";
    const metadata = event.metadataText ? `,"metadata":${event.metadataText}` : "";
    const body = `{"id":${json(event.id)},"type":${json(event.type)},"version":${seen.version}${schema},"source":${json(event.source)},"timestamp":${json(event.time)},"data":${data}${metadata}}`;
    return { body, headers: [["content-type", "application/json"]] };
  }
  const { media, attributes } = cloudEvent(event, seen);
  if (format === "CLOUDEVENTS_STRUCTURED") {
    return { body: `{${attributes.map(([name, value]) => `${json(name)}:${typeof value === "string" ? json(value) : value}`).join(",")},"data":${data}}`, headers: [["content-type", "application/cloudevents+json; charset=utf-8"]] };
  }
  const headers = attributes.filter(([name]) => name !== "datacontenttype").map(([name, value]): [string, string] => [`ce-${name}`, encoded(String(value))]);
  return { body: data, headers: [["content-type", media], ...headers] };
}

/** What CloudEvents calls them: members of metadata, and the attributes that they become. */
const KNOWN: Record<string, string> = { correlation_id: "correlationid", causation_id: "causationid", traceparent: "traceparent", tracestate: "tracestate" };

function cloudEvent(event: EventParts, seen: SeenParts) {
  const told = new Map<string, string | number | boolean>();
  let [media, more] = ["application/json", false];
  const scalar = (value: unknown): value is string | number | boolean => typeof value === "string" || typeof value === "boolean" || Number.isInteger(value);
  for (const [name, value] of Object.entries(event.metadataText ? (JSON.parse(event.metadataText) as object) : {})) {
    const known = KNOWN[name];
    if (known && typeof value === "string") told.set(known, value);
    else if (name === "attributes" && typeof value === "object" && value !== null) {
      for (const [attribute, said] of Object.entries(value as object)) {
        if (attribute === "datacontenttype" && typeof said === "string") media = said;
        else if (scalar(said) && !told.has(attribute)) told.set(attribute, said);
        else more = true;
      }
    } else more = true;
  }
  if (seen.schema) told.set("dataschema", seen.schema);
  const attributes: [string, string | number | boolean][] = [
    ["specversion", "1.0"], ["id", event.publisherId ?? event.id], ["source", event.source], ["type", event.type], ["time", event.time], ["datacontenttype", media],
    ["dataversion", seen.version], ["hookledgerid", event.id], ...[...told].sort(([one], [other]) => (one < other ? -1 : 1)),
  ];
  if (more && event.metadataText) attributes.push(["metadata", event.metadataText]);
  return { media, attributes };
}

/** Percent-encoded as the HTTP binding of CloudEvents has it. */
const encoded = (text: string) => [...text].map((char) => (/[\x21\x23\x24\x26-\x7e]/.test(char) ? char : encodeURIComponent(char))).join("");

/** Whether this body has the SHA-256 that the attempt recorded. `null` where the browser cannot tell (no https). */
export async function isExact(body: string, sha256: string): Promise<boolean | null> {
  if (!globalThis.crypto?.subtle) return null;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body));
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex === sha256;
}

/** The headers of an attempt. The signature is not on record: it can be made only with the secret. */
export function headersOf(delivery: { id: string; headerNames: readonly string[] }, startedAt: string, scheme: string | undefined, form: [string, string][]): [string, string][] {
  const seconds = String(Math.floor(Date.parse(startedAt) / 1000));
  const signature: [string, string] = scheme === "HMAC_SHA512" ? ["hookledger-signature-sha512", "v1s512,…"] : ["webhook-signature", scheme === "ED25519" ? "v1a,…" : "v1,…"];
  return [
    ...form,
    ["webhook-id", delivery.id],
    ["webhook-timestamp", seconds],
    signature,
    ...delivery.headerNames.map((name): [string, string] => [name.toLowerCase(), "(encrypted, never shown)"]),
  ];
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The request as a command; the signature has to be made, so it is left to be filled in. */
export function asCurl(endpoint: string, headers: [string, string][], body: string): string {
  const lines = headers.map(([name, value]) => `  -H ${quoted(`${name}: ${value}`)}`);
  return [`curl -sS -X POST ${quoted(endpoint)}`, ...lines, `  --data-binary ${quoted(body)}`].join(" \\\n");
}
