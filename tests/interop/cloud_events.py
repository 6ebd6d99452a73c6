"""Speaks CloudEvents with the Python SDK.

`produce`: prints the requests that the SDK makes of one event, as JSON: one for each mode.
`parse JOURNAL`: reads the requests of a journal with the SDK, and prints what each of them says, as JSON.
"""

import base64
import json
import sys
from datetime import datetime, timezone

from cloudevents.core.bindings.http import (
    HTTPMessage,
    from_http_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.v1.event import CloudEvent


def event(mode: str) -> CloudEvent:
    attributes = {
        "id": f"python/{mode} 1".replace(" ", "-"),
        "source": "https://bench.example.com/runs?of=python",
        "type": "result.generated",
        "time": datetime(2026, 11, 23, 16, 0, 0, 250000, tzinfo=timezone.utc),
        "subject": "Läufe 100% \"schnell\" 🦀",
        "datacontenttype": "application/json",
        "dataversion": 2,
        "partitionkey": "eu-1",
    }
    return CloudEvent(attributes, {"score": 1.5, "name": "Zürich", "list": [1, None, True]})


def request(mode: str, message: HTTPMessage) -> dict:
    body = base64.b64encode(message.body).decode()
    return {"mode": mode, "headers": dict(message.headers), "body_base64": body}


def produce() -> list:
    return [
        request("structured", to_structured_event(event("structured"))),
        request("binary", to_binary_event(event("binary"))),
    ]


def parsed(line: dict) -> dict:
    message = HTTPMessage(headers=line["headers"], body=base64.b64decode(line["body_base64"]))
    cloud_event = from_http_event(message)
    attributes = {name: str(value) for name, value in cloud_event.get_attributes().items()}
    attributes["time"] = cloud_event.get_time().astimezone(timezone.utc).isoformat()
    return {"attributes": attributes, "data": cloud_event.get_data()}


def main() -> None:
    if sys.argv[1] == "produce":
        print(json.dumps(produce()))
        return
    with open(sys.argv[2], encoding="utf-8") as journal:
        print(json.dumps([parsed(json.loads(line)) for line in journal]))


main()
