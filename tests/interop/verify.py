"""Verifies the requests of a journal with the Python libraries of Standard Webhooks and Svix.

Prints how many requests each library accepted, as JSON; ends at the first that is refused, and at the first
altered one that is not.
"""

import base64
import json
import sys

import standardwebhooks
import svix.webhooks

LIBRARIES = {
    "standardwebhooks": (standardwebhooks.Webhook, standardwebhooks.WebhookVerificationError),
    "svix": (svix.webhooks.Webhook, svix.webhooks.WebhookVerificationError),
}


def verify(name: str, line: dict) -> None:
    make, refusal = LIBRARIES[name]
    webhook = make(line["secret"])
    body = base64.b64decode(line["body_base64"])
    try:
        webhook.verify(body, line["headers"])
    except refusal as error:
        sys.exit(f"{name} refused {line['headers']['webhook-id']}: {error}")
    try:
        webhook.verify(body + b" ", line["headers"])
    except refusal:
        return
    sys.exit(f"{name} accepted {line['headers']['webhook-id']} with an altered body")


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as journal:
        lines = [json.loads(line) for line in journal]
    for name in LIBRARIES:
        for line in lines:
            verify(name, line)
    print(json.dumps({name: len(lines) for name in LIBRARIES}))


main()
