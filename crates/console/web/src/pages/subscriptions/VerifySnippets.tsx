// How a receiver verifies, in several languages.
import { Anchor, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";

import type { Scheme } from "@/api/schema.generated";
import { Code } from "@/ui/code";

const SNIPPETS = {
  JavaScript: { note: "npm install standardwebhooks", text: `import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.WEBHOOK_SECRET);

// body: the raw bytes, before anything parses them.
const event = webhook.verify(body, request.headers);` },
  Python: { note: "pip install standardwebhooks", text: `import os
from standardwebhooks import Webhook

webhook = Webhook(os.environ["WEBHOOK_SECRET"])

# body: the raw bytes, before anything parses them.
event = webhook.verify(body, headers)` },
  Go: { note: "go get github.com/standard-webhooks/standard-webhooks/libraries", text: `import standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

webhook, err := standardwebhooks.NewWebhook(os.Getenv("WEBHOOK_SECRET"))
if err != nil {
	return err
}
// body: the raw bytes, before anything parses them.
err = webhook.Verify(body, request.Header)` },
  Rust: { note: "hookledger-signature: verifies every scheme, with a layer for axum", text: `use hookledger_signature::{MemoryReplayGuard, Verifier, VerifyLayer};

let verifier: Verifier = std::env::var("WEBHOOK_SECRET")?.parse()?;
let verified_only = VerifyLayer::new(verifier).remember_with(MemoryReplayGuard::default());
let app = Router::new().route("/hooks", post(receive).layer(verified_only));` },
  Shell: { note: "by hand, for HMAC-SHA256", text: `# $BODY is a file with the raw body; the other three are headers of the request.
key=$(printf '%s' "\${WEBHOOK_SECRET#whsec_}" | base64 -d | xxd -p -c 256)
expected=$({ printf '%s.%s.' "$WEBHOOK_ID" "$WEBHOOK_TIMESTAMP"; cat "$BODY"; } \\
  | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
[ "v1,$expected" = "$WEBHOOK_SIGNATURE" ] && echo verified` },
} as const;
type Language = keyof typeof SNIPPETS;

/** `request` gives the shell the parts of a request that was made. */
export function VerifySnippets({ scheme, publicKey, request }: { scheme: Scheme; publicKey?: string; request?: string | null }) {
  const [language, setLanguage] = useState<Language>("JavaScript");
  const { note, text } = SNIPPETS[language];
  const own = language === "Shell" && request ? text.replace(/^#.*$/m, `# This very request:\n${request}`) : text;
  const special = scheme !== "HMAC_SHA256" && language !== "Rust";
  return (
    <Stack gap={10}>
      <div style={{ overflowX: "auto" }}><SegmentedControl size="xs" value={language} onChange={(value) => setLanguage(value as Language)} data={Object.keys(SNIPPETS)} aria-label="Language" /></div>
      <Text size="sm" c="dimmed">{note}. {publicKey ? "WEBHOOK_SECRET is the public key above." : "WEBHOOK_SECRET is the secret that was shown when it was made."}</Text>
      {special ? <Text size="sm" c="var(--hl-warn)">This subscription signs with another scheme than v1, which the Standard Webhooks libraries look for; hookledger-signature (Rust) verifies it.</Text> : null}
      <Code text={own} label={`snippet in ${language}`} />
      <Text size="sm" c="dimmed">Answer 2xx only when the request is taken care of, and remember each <span className="hl-mono">webhook-id</span>: a repeat carries the same one. More about <Anchor href="https://www.standardwebhooks.com" target="_blank" rel="noreferrer" inherit underline="always">Standard Webhooks</Anchor>.</Text>
    </Stack>
  );
}
