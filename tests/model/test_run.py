"""Runs: their ids, and what an outcome makes of them."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOON
from making import HOUR, MINUTE, claimed, failure, receipt
from pypes.clock import SECOND
from pypes.model.run import Claimed, Settled, run_id, settle
from pypes.receipt import Failure, Receipt
from pypes.steps.rendering import ready
from pypes.steps.webhook import Webhook

REFUSED = 503


def settled(run: Claimed, outcome: Receipt | Failure, **fields: Any) -> Settled:
    """What comes of a run of a webhook with these fields."""
    webhook = msgspec.convert({"type": "webhook", "url": "http://127.0.0.1:9/hook"} | fields, Webhook)
    call = ready(webhook)
    return settle(run, outcome, call)


def busy(retry_after: str | None = None, status: int = REFUSED) -> Receipt:
    return receipt(NOON, status=status, body="busy", retry_after=retry_after)


def test_ids_sort_by_their_moments() -> None:
    moments = [0, 1, NOON - 1, NOON, NOON + 1, 2**55]
    ids = [run_id(moment, "a", "timed") for moment in moments]
    assert ids == sorted(ids)
    assert {len(each) for each in ids} == {30}


def test_the_same_slot_of_the_same_action_has_the_same_id_and_no_other_has_it() -> None:
    one = run_id(NOON, "a", "timed")
    assert one == run_id(NOON, "a", "timed")
    others = [
        run_id(NOON, "b", "timed"),
        run_id(NOON, "a", "backfill"),
        run_id(NOON, "a", "manual", "x"),
        run_id(NOON, "a", "manual", "y"),
        run_id(NOON, "a", "input", "x"),
        run_id(NOON + 1, "a", "timed"),
    ]
    assert len({one, *others}) == 7


def test_a_success_is_written_with_what_was_answered() -> None:
    done = settled(claimed(), receipt(NOON + 5, bytes=11, body="hello world"))
    assert (done.state, done.reason, done.finished) == ("succeeded", None, NOON + 5)
    (attempt,) = json.loads(done.attempts)
    assert attempt["status"] == 200
    assert attempt["bytes"] == 11
    assert attempt["body"] == "hello world"
    assert "error" not in attempt


def test_attempts_are_appended_in_order() -> None:
    first = settled(claimed(), busy())
    second = settled(claimed(attempt=2, attempts=first.attempts), receipt(NOON + SECOND))
    assert [attempt["status"] for attempt in json.loads(second.attempts)] == [REFUSED, 200]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_a_receiver_that_says_not_now_is_asked_again(status: int) -> None:
    done = settled(claimed(), busy(status=status))
    assert done.state == "waiting"
    assert done.finished is None
    assert NOON + 800_000 <= done.due_at <= NOON + 1_200_000


@pytest.mark.parametrize("status", [100, 199, 301, 302, 304, 307, 400, 401, 404, 410, 422])
def test_a_receiver_that_says_no_is_not_asked_again(status: int) -> None:
    done = settled(claimed(), busy(status=status))
    assert done.state == "failed"
    assert done.reason == f"webhook returned non-success status {status}: busy"


def test_a_broken_connection_is_tried_again_and_a_refused_target_is_not() -> None:
    assert settled(claimed(), failure(NOON)).state == "waiting"
    assert settled(claimed(), failure(NOON, retryable=False)).state == "failed"


def test_the_last_attempt_ends_the_run() -> None:
    assert settled(claimed(attempt=2), busy()).state == "waiting"
    assert settled(claimed(attempt=3), busy()).state == "failed"
    assert settled(claimed(), busy(), retry={"attempts": 1}).state == "failed"


def test_what_was_asked_for_by_hand_makes_one_attempt() -> None:
    assert settled(claimed(single=True), busy()).state == "failed"


def test_the_wait_doubles_up_to_its_limit() -> None:
    retry = {"attempts": 20, "backoff": "1s", "max_backoff": "10s"}
    for attempt, nominal in ((1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (19, 10)):
        done = settled(claimed(attempt=attempt), busy(), retry=retry)
        assert 0.8 * nominal * SECOND <= done.due_at - NOON <= 1.2 * nominal * SECOND


def test_a_retry_never_goes_past_the_next_slot() -> None:
    assert settled(claimed(next_at=NOON + 1_300_000), busy()).state == "waiting"
    due_at = settled(claimed(), busy()).due_at
    assert settled(claimed(next_at=due_at + 1), busy()).state == "waiting"
    assert settled(claimed(next_at=due_at), busy()).state == "failed"
    assert settled(claimed(next_at=NOON + SECOND // 2), busy()).state == "failed"


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("Sun, 03 May 2026 12:02:00 GMT", 120),
        ("Sunday, 03-May-26 12:02:00 GMT", 120),
    ],
)
def test_retry_after_is_waited_for(asked: str, seconds: int) -> None:
    assert settled(claimed(), busy(asked)).due_at == NOON + seconds * SECOND


def test_retry_after_does_not_lead_past_the_next_slot_nor_before_the_own_wait() -> None:
    assert settled(claimed(next_at=NOON + MINUTE), busy("120")).state == "failed"
    assert settled(claimed(), busy("0")).due_at > NOON
    assert settled(claimed(), busy("Sun, 03 May 2020 12:02:00 GMT")).due_at > NOON


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "soon",
        "-5",
        "1.5",
        "٣",
        "Mon, 01 Jan 99999999999 00:00:00 GMT",
        "Mon, 01 Jan 2026 00:00:00 -0000",
        "Mon, 99 Jan 2026 99:99:99 GMT",
        "1 Jan 2026 00:00 +99999999999999999",
        "\x00",
        "9" * 5000,
        ",",
        "Mon,",
    ],
    ids=range(13),
)
def test_nonsense_in_retry_after_settles_the_run_like_any_other(asked: str) -> None:
    assert settled(claimed(), busy(asked)).state == "waiting"


@given(
    st.text(max_size=50) | st.from_regex(r"\A\w{3}, \d+ (Jan|May|Foo) \d+ \d+:\d+(:\d+)? [-+A-Z]{0,4}\d*\Z")
)
def test_no_header_that_a_receiver_may_send_breaks_the_recorder(asked: str) -> None:
    done = settled(claimed(next_at=NOON + HOUR), busy(asked))
    assert done.state in {"waiting", "failed"}
    assert done.state == "failed" or NOON < done.due_at < NOON + HOUR


def test_a_body_in_a_message_is_shortened_and_kept_whole_in_the_attempt() -> None:
    done = settled(claimed(), receipt(NOON, status=404, body="x" * 4096))
    assert done.reason is not None
    assert len(done.reason) < 300
    assert json.loads(done.attempts)[0]["body"] == "x" * 4096


def test_a_run_that_was_called_off_is_cancelled_whatever_its_failure_could_have_been() -> None:
    done = settled(claimed(), failure(NOON, is_cancelled=True))
    assert (done.state, done.finished) == ("cancelled", NOON)


@given(st.integers(1, 3), st.integers(0, 2**62), st.text(max_size=20))
def test_attempts_stay_one_json_array_whatever_was_answered(attempt: int, size: int, body: str) -> None:
    text = "[]"
    for number in range(1, attempt + 1):
        done = settled(
            claimed(attempt=number, attempts=text), receipt(NOON, bytes=size, body=body, status=500)
        )
        text = done.attempts
    assert len(json.loads(text)) == attempt
