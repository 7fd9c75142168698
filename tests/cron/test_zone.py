"""Which names are zones, and when their clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from pypes.cron import check_zone, timetable
from pypes.cron.zone import LOCAL, Zone, local_name
from pypes.errors import InvalidInput

YEAR = 366 * 86_400


@pytest.mark.parametrize(
    "name", ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+5", "EST5EDT", LOCAL]
)
def test_a_zone_is_known_by_its_iana_name(name: str) -> None:
    check_zone(name)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("America/NewYork", "America/New_York"),
        ("Berlin/Europe?", "write"),
        ("", "an IANA name like Europe/Berlin, or local"),
        ("Europe", "write"),
        ("+02:00", "write"),
        ("../../etc/passwd", "write"),
        ("/etc/localtime", "write"),
        ("Europe/../Europe/Berlin", "write"),
        ("Europe/Berlin\x00", "Europe/Berlin"),
        ("right/Europe/Berlin", "write"),
        ("posixrules", "write"),
        ("zone.tab", "write"),
        ("tzdata.zi", "write"),
        ("Zürich", "write"),
        ("A" * 100_000, "write"),
    ],
)
def test_any_other_name_is_refused_with_the_nearest_known_one(name: str, remedy: str) -> None:
    with pytest.raises(InvalidInput, match="is not a known time zone") as refusal:
        check_zone(name)
    assert remedy in refusal.value.message
    assert len(refusal.value.message) < 200


def test_the_local_zone_keeps_the_time_of_this_machine() -> None:
    now = datetime.now(UTC)
    assert now.astimezone(ZoneInfo(local_name())).utcoffset() == now.astimezone().utcoffset()
    assert timetable("* * * * *", LOCAL).next_after(0) == 60_000_000


@pytest.mark.parametrize("value", ["Europe/Berlin", ":Europe/Berlin"])
def test_the_local_zone_can_be_set_by_the_environment(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", value)
    assert local_name() == "Europe/Berlin"


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "Africa/Casablanca", "Asia/Gaza", "America/Noronha", "Asia/Tokyo"]
)
def test_pieces_cover_all_time_and_have_the_offset_that_the_zone_has(name: str) -> None:
    zone, info = Zone(name), ZoneInfo(name)
    instant = int(datetime(1995, 1, 1, tzinfo=UTC).timestamp())
    while instant < int(datetime(2045, 1, 1, tzinfo=UTC).timestamp()):
        piece = zone.piece_at(instant)
        for edge in (piece.start, (piece.start + piece.end) // 2, piece.end - 1):
            offset = datetime.fromtimestamp(edge, info).utcoffset()
            assert offset == timedelta(seconds=piece.offset)
            assert zone.piece_at(edge) == piece
        instant = piece.end


def test_every_change_of_the_clocks_is_found_once() -> None:
    start = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    found = [(piece.start, piece.shift) for piece in Zone("Europe/Berlin").changes(start, start + 2 * YEAR)]
    expected = [("2026-03-29", 3600), ("2026-10-25", -3600), ("2027-03-28", 3600), ("2027-10-31", -3600)]
    assert found == [
        (int(datetime.fromisoformat(f"{day}T01:00+00:00").timestamp()), shift) for day, shift in expected
    ]


def test_two_changes_a_week_apart_are_both_found() -> None:
    start = int(datetime(2000, 10, 1, tzinfo=UTC).timestamp())
    shifts = [piece.shift for piece in Zone("America/Noronha").changes(start, start + 60 * 86_400)]
    assert shifts == [3600, -3600]


@pytest.mark.parametrize(
    ("name", "year"),
    [("Africa/Casablanca", 2060), ("Asia/Gaza", 2085), ("Europe/Dublin", 2150), ("America/Havana", 2190)],
)
def test_changes_of_far_years_are_all_found(name: str, year: int) -> None:
    start, info = datetime(year, 1, 1, tzinfo=UTC), ZoneInfo(name)
    walls = [(start + timedelta(days=n)).astimezone(info).replace(tzinfo=None) for n in range(367)]
    shifts = [later - earlier - timedelta(days=1) for earlier, later in pairwise(walls)]
    steps = [shift.total_seconds() for shift in shifts if shift]
    first = int(start.timestamp())
    assert [piece.shift for piece in Zone(name).changes(first, first + YEAR)] == steps


def test_two_centuries_of_nights_cost_few_questions_about_the_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answer = [], Zone._offset

    def ask(zone: Zone, instant: int) -> int:
        asked.append(instant)
        return answer(zone, instant)

    monkeypatch.setattr(Zone, "_offset", ask)
    zone = Zone("Europe/Berlin")
    start, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2026, 2199))
    assert len(list(zone.changes(start, end))) == 2 * (2199 - 2026)
    assert len(asked) < 30_000
