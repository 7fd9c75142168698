"""The examples about inputs, as they stand in `examples/`, against a real daemon and a real receiver."""

import base64
import json
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook

from living import Daemon, Receiver

EXAMPLES = Path(__file__).parent.parent / "examples"
NDJSON = "application/x-ndjson"


def post_example(daemon: Daemon, name: str, receiver: Receiver) -> None:
    """Post an example whose receiver listens on another port than in its text."""
    text = (EXAMPLES / f"{name}.json").read_text().replace("127.0.0.1:18181", f"127.0.0.1:{receiver.port}")
    assert daemon.call("POST", "/agents", text.encode()).json() == {"records_created": 1}


def post(daemon: Daemon, name: str, *values: Any) -> None:
    lines = "\n".join(map(json.dumps, values)).encode()
    assert daemon.call("POST", f"/agents/{name}/inputs", lines, NDJSON).json() == {
        "records_created": len(values)
    }


def test_fan_out_sends_each_input_where_it_belongs(home: Path) -> None:
    mails = [
        {"from": "ann", "subject": "Lunch?", "priority": "low"},
        {"from": "bob/ops", "subject": "It burns", "priority": "high"},
        {"from": "cy", "subject": "Minutes", "priority": "low"},
    ]
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        post_example(daemon, "fan-out", receiver)
        post(daemon, "fan-out", *mails)
        bodies = [json.loads(arrival.body) for arrival in receiver.wait_for(5)]
        assert [body for body in bodies if "from" in body and body in mails] != []
        assert sorted(body["subject"] for body in bodies if "subject" in body) == [
            "It burns",
            "Lunch?",
            "Minutes",
        ]
        assert [body["text"] for body in bodies if "text" in body] == ["It burns"]
        assert [body for body in bodies if "count" in body] == [
            {"count": 3, "subjects": ["Lunch?", "It burns", "Minutes"]}
        ]
        assert len(daemon.rows(agent="fan-out", trigger="input")) == 5


def test_an_alert_is_signed_authorised_and_about_what_matters(home: Path) -> None:
    signing = "whsec_" + base64.b64encode(b"a key of 32 bytes, for examples").decode()
    (home / "secrets").mkdir(mode=0o700)
    for name, value in {"alert-token": "t0ken", "alert-signing": signing}.items():
        path = home / "secrets" / name
        path.write_text(value + "\n")
        path.chmod(0o600)
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        post_example(daemon, "alert", receiver)
        post(
            daemon,
            "alert",
            {"kind": "email", "from": "ann", "subject": "Your Invoice 17"},
            {"kind": "email", "from": "spam", "subject": "Win"},
            {"kind": "tweet", "from": "bob", "subject": "invoice"},
            {"kind": "email", "from": "cy", "subject": "invoice overdue"},
        )
        first, second = receiver.wait_for(2)
        assert json.loads(first.body) == {"text": "ann writes: Your Invoice 17"}
        assert json.loads(second.body) == {"text": "cy writes: invoice overdue"}
        assert first.headers["Authorization"] == "Bearer t0ken"
        for arrival in (first, second):
            Webhook(signing).verify(arrival.body, arrival.headers)
        daemon.wait_for_log("fired webhook")
        said = daemon.log.read_text()
        assert "t0ken" not in said
        assert signing not in said
