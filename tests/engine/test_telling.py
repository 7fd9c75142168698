"""Fire lines: as the original wrote them, and few enough to be read."""

import json

import msgspec
import pytest

from conftest import NOON, HandClock
from making import MINUTE, claimed, cron, every, failure, receipt, settled, webhook
from pypes.clock import SECOND
from pypes.engine.telling import MOST_LINES, Teller, entry_name, fire_lines
from pypes.log import Log
from pypes.model.run import Settled


def done(**fields: object) -> Settled:
    return settled(claimed(**fields), receipt(NOON + 2000, bytes=11))


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_a_fire_is_told_as_the_original_told_it(clock: HandClock, capsys: pytest.CaptureFixture[str]) -> None:
    Teller(Log(clock), clock).tell([done(next_at=NOON + SECOND)])
    fired, following = said(capsys)
    assert fired.startswith(
        "[scheduler] entry 0 `* * * * * *` fired webhook http://127.0.0.1:9/hook → status=200 (11 bytes)"
    )
    assert " agent=a run=" in fired
    assert " lateness=2ms " in fired
    assert fired.endswith(" at=2026-05-03T12:00:00.000Z")
    assert following.startswith("[scheduler] entry 0 `* * * * * *` next fire 2026-05-03 12:00:01 UTC")


def test_a_failure_is_told_as_the_original_told_it() -> None:
    failed = settled(claimed(attempt=3), failure(NOON))
    ((line, fields),) = fire_lines(failed)
    assert line == "entry 0 `* * * * * *` webhook http://127.0.0.1:9/hook failed: connection refused"
    assert "retry" not in fields


def test_a_retry_says_when_and_no_next_fire() -> None:
    ((_, fields),) = fire_lines(settled(claimed(next_at=NOON + MINUTE), failure(NOON)))
    assert str(fields["retry"]).startswith("in ")


def test_a_run_by_hand_names_no_next_fire() -> None:
    assert len(fire_lines(done(trigger="manual", next_at=NOON + SECOND))) == 1
    assert len(fire_lines(done(next_at=None))) == 1


@pytest.mark.parametrize(
    ("action", "name"),
    [
        (cron(), "entry 3 `* * * * * *`"),
        (every("10m"), "entry 3 `every 10m`"),
        (
            {"type": "at", "time": "2026-05-03T14:00:00+02:00", "action": webhook()},
            "entry 3 `at 2026-05-03T12:00:00Z`",
        ),
        ({"type": "reboot", "action": webhook()}, "entry 3 `reboot`"),
        ({"type": "moon"}, "entry 3"),
    ],
)
def test_an_entry_is_named_by_its_trigger(action: object, name: str) -> None:
    assert entry_name(3, json.dumps(action)) == name


def test_bytes_of_a_clipped_answer_have_a_plus() -> None:
    clipped = settled(claimed(), receipt(NOON, bytes=4096, clipped=True))
    assert "(4096+ bytes)" in fire_lines(clipped)[0][0]


def test_user_info_in_a_url_is_masked_and_a_body_stays_one_line(
    clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    definition = json.dumps(cron(action=webhook(url="http://joe:secret@x/")))
    failed = msgspec.structs.replace(
        settled(claimed(definition=definition), failure(NOON)), reason="evil\n[scheduler] forged\x1b[2J"
    )
    Teller(Log(clock), clock).tell([failed])
    (line,) = said(capsys)
    assert "secret" not in line
    assert "http://***@x/" in line
    assert "\x1b" not in line


def test_above_a_hundred_a_second_one_line_sums_up_the_rest(
    clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    teller = Teller(Log(clock), clock)
    for _ in range(3):
        teller.tell([done() for _ in range(MOST_LINES // 2 + 10)])
    assert len(said(capsys)) == MOST_LINES
    teller.sum_up()
    assert said(capsys) == []
    clock.advance(SECOND)
    teller.sum_up()
    (summary,) = said(capsys)
    assert f"{3 * (MOST_LINES // 2 + 10) - MOST_LINES} more fires were not logged singly" in summary
    assert "succeeded=80 failed=0 retried=0" in summary
    teller.sum_up()
    assert said(capsys) == []


def test_all_fires_are_told_if_asked_for(clock: HandClock, capsys: pytest.CaptureFixture[str]) -> None:
    Teller(Log(clock), clock, always_all=True).tell([done() for _ in range(300)])
    assert len(said(capsys)) == 300
