// The request that an attempt made, put together again from what is on record. Pure, but for the digest.

interface EventParts { id: string; type: string; version: number; source: string; time: string; dataText: string; metadataText?: string | null }

/** The body, byte for byte; `isExact` tells whether it is. */
export function bodyOf(event: EventParts): string {
  const { id, type, version, source, time, dataText, metadataText } = event;
  const metadata = metadataText ? `,"metadata":${metadataText}` : "";
  return `{"id":${JSON.stringify(id)},"type":${JSON.stringify(type)},"version":${version},"source":${JSON.stringify(source)},"timestamp":${JSON.stringify(time)},"data":${dataText}${metadata}}`;
}

/** Whether this body has the SHA-256 that the attempt recorded. `null` where the browser cannot tell (no https). */
export async function isExact(body: string, sha256: string): Promise<boolean | null> {
  if (!globalThis.crypto?.subtle) return null;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body));
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex === sha256;
}

/** The headers of an attempt. The signature is not on record: it can be made only with the secret. */
export function headersOf(delivery: { id: string; headerNames: readonly string[] }, startedAt: string, scheme: string | undefined): [string, string][] {
  const seconds = String(Math.floor(Date.parse(startedAt) / 1000));
  const signature: [string, string] = scheme === "HMAC_SHA512" ? ["hookledger-signature-sha512", "v1s512,…"] : ["webhook-signature", scheme === "ED25519" ? "v1a,…" : "v1,…"];
  return [
    ["content-type", "application/json"],
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
