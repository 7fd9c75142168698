import pytest

from pypes.cli.outcomes import Outcome, has_failed, line_of
from pypes.cli.output import failing


@pytest.mark.parametrize(
    ("outcome", "line", "fails"),
    [
        (
            {"action": 0, "type": "webhook", "ok": True, "status": 200, "bytes": 11},
            "[0] webhook → 200 (11 bytes)",
            False,
        ),
        (
            {"action": 0, "type": "webhook", "ok": True, "status": 200, "bytes": 4096, "clipped": True},
            "[0] webhook → 200 (4096+ bytes)",
            False,
        ),
        (
            {
                "action": 0,
                "type": "webhook",
                "ok": False,
                "error": "webhook returned non-success status 500: kaboom",
            },
            "[0] webhook FAILED: webhook returned non-success status 500: kaboom",
            True,
        ),
        (
            {"action": 0, "type": "llm", "ok": True, "summary": "243 tokens, 0 USD", "run": "x"},
            "[0] llm → 243 tokens, 0 USD",
            False,
        ),
        (
            {"action": 0, "type": "sequence", "ok": False, "summary": "1 of 2 steps", "error": "kaboom"},
            "[0] sequence FAILED: kaboom",
            True,
        ),
        (
            {
                "action": 0,
                "type": "sequence",
                "ok": True,
                "dry": True,
                "steps": [
                    {"method": "ASK", "url": "ollama:llama3.2", "headers": {}, "body": "hi"},
                    {"method": "POST", "url": "http://x/", "headers": {}, "body": None},
                ],
            },
            (
                "[0] sequence → would do 2 step(s)\n  0: ASK ollama:llama3.2 (2 bytes)"
                "\n  1: POST http://x/ (0 bytes)"
            ),
            False,
        ),
        (
            {
                "action": 1,
                "type": "cron",
                "ok": True,
                "expression": "*/5 * * * *",
                "next": "2026-05-03T12:05:00Z",
            },
            "[1] cron `*/5 * * * *` → next fire 2026-05-03 12:05:00 UTC",
            False,
        ),
        (
            {"action": 1, "type": "cron", "ok": True, "expression": "0 0 1 1 *", "next": None},
            "[1] cron `0 0 1 1 *` → never fires again",
            False,
        ),
        (
            {"action": 1, "type": "on_input", "ok": True, "expression": "on_input", "next": None},
            "[1] on_input → next fire with the next input that matches",
            False,
        ),
        (
            {
                "action": 1,
                "type": "on_input",
                "ok": True,
                "expression": "on_input",
                "next": None,
                "state": "paused",
            },
            "[1] on_input → paused",
            False,
        ),
        (
            {"action": 2, "type": "unrecognized", "raw": "fetch_url", "error": "it is not a JSON object"},
            "[2] unrecognized action (it is not a JSON object): fetch_url",
            False,
        ),
    ],
)
def test_an_outcome_is_a_line_as_the_original_wrote_it(outcome: Outcome, line: str, fails: object) -> None:
    assert line_of(outcome).replace("\x1b[31m", "").replace("\x1b[0m", "") == line
    assert has_failed(outcome) is fails


def test_a_line_stays_a_line_whatever_a_receiver_or_a_label_says() -> None:
    failed = {"action": 0, "type": "webhook", "ok": False, "error": "returned 500: ka\x1b[2J\nboom"}
    label = {
        "action": 1,
        "type": "unrecognized",
        "error": "it is not a JSON object",
        "raw": "fetch\r\nurl\x1b",
    }
    for outcome in (failed, label):
        assert line_of(outcome).replace(failing("FAILED"), "").isprintable()
