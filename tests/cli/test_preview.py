from cli.conftest import Pypes


def test_an_expression_is_previewed_in_moments_and_words(either_way: Pypes) -> None:
    said = either_way("preview", "*/5 * * * *", "--from", "2026-05-03T12:00:00Z", "-n", "2")
    assert said.code == 0
    assert said.out == "2026-05-03 12:05:00 UTC\n2026-05-03 12:10:00 UTC\n"
    assert "5 minutes" in said.err


def test_in_a_zone_the_local_time_stands_beside(either_way: Pypes) -> None:
    said = either_way(
        "preview", "0 9 * * *", "--tz", "Europe/Berlin", "--from", "2026-05-03T12:00:00Z", "-n", "1"
    )
    assert said.out == "2026-05-04 07:00:00 UTC  2026-05-04T09:00:00+02:00\n"


def test_what_is_no_expression_is_refused_with_its_remedy(either_way: Pypes) -> None:
    refused = either_way("preview", "0 22-2 * * *")
    assert refused.code == 2
    assert "22-23,0-2" in refused.err


def test_json_is_what_the_api_gives(either_way: Pypes) -> None:
    said = either_way("preview", "@hourly", "--json", "--from", "2026-05-03T12:00:00Z", "-n", "1").json()
    assert said["next"] == ["2026-05-03T13:00:00Z"]
