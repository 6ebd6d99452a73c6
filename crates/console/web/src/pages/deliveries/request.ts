// The request that an attempt made, for other programs. Pure.
import type { AttemptRequestQuery } from "./deliveries.generated";

export type Made = NonNullable<NonNullable<NonNullable<NonNullable<AttemptRequestQuery["delivery"]>["history"]>["entries"][number]["attempt"]>["request"]>;

interface Parts { url: string; headers: readonly { name: string; value: string }[]; body: string }

/** What stands for the value of a header that the owner of the subscription added. */
const HIDDEN = "[hidden]";

/** A word of a shell's command. */
export const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The request as a command that sends it again, byte for byte; values that are never shown are left to be filled in. */
export function asCurl({ url, headers, body }: Parts): string {
  const lines = headers.map(({ name, value }) => `  -H ${quoted(`${name}: ${value === HIDDEN ? "…" : value}`)}`);
  return [`curl -sS -X POST ${quoted(url)}`, ...lines, `  --data-binary ${quoted(body)}`].join(" \\\n");
}

/** The request as files and variables that a check by hand needs; none without its signature. */
export function asVariables({ headers, body }: Omit<Parts, "url">): string | null {
  const of = (name: string) => headers.find((header) => header.name === name)?.value;
  const signature = of("webhook-signature") ?? of("hookledger-signature-sha512");
  if (!signature) return null;
  const variables = [["WEBHOOK_ID", of("webhook-id")], ["WEBHOOK_TIMESTAMP", of("webhook-timestamp")], ["WEBHOOK_SIGNATURE", signature]];
  return [`BODY=$(mktemp); printf %s ${quoted(body)} > "$BODY"`, ...variables.map(([name, value]) => `${name}=${quoted(value ?? "")}`)].join("\n");
}
