"""Settings: flags over environment over file over defaults, and mistakes that name their source."""

from pathlib import Path
from typing import Any

import pytest

from pypes.clock import SECOND
from pypes.config import LONGEST_SOCKET_PATH, Config, load_config
from pypes.errors import ConfigError


def load(
    home: Path, flags: dict[str, Any] | None = None, environment: dict[str, str] | None = None, file: str = ""
) -> Config:
    if file:
        (home / "config.toml").write_text(file)
    return load_config(flags or {}, {"PYPES_HOME": str(home)} | (environment or {}))


def refusal(home: Path, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(ConfigError) as refused:
        load(home, *args, **kwargs)
    return refused.value.message


def test_without_any_source_the_defaults_of_the_contract_hold(home: Path) -> None:
    config = load(home)
    assert (config.host, config.port) == ("127.0.0.1", 7979)
    assert config.is_loopback
    assert config.keep_runs_for == 7 * 86_400 * SECOND
    assert config.keep_inputs == 1000
    assert config.max_body == 10_000_000
    assert config.token is None


def test_the_files_of_a_home_lie_where_the_contract_says(home: Path) -> None:
    config = load(home)
    assert config.store_path == home / "db" / "pypes.db"
    assert config.lock_path == home / "db" / "pypes.lock"
    assert config.socket_path == home / "pypes.sock"
    assert config.pid_path == home / "tmp" / "agents.pid"
    assert config.out_path == home / "tmp" / "daemon.out"
    assert config.err_path == home / "tmp" / "daemon.err"


def test_flags_beat_the_environment_which_beats_the_file(home: Path) -> None:
    file = 'port = 1\nhost = "localhost"\nseats = 5'
    config = load(home, {"port": 3, "host": None}, {"PYPES_PORT": "2", "PYPES_SEATS": "6"}, file)
    assert (config.port, config.seats, config.host) == (3, 6, "localhost")


def test_the_home_is_dot_agents_unless_it_is_named() -> None:
    assert load_config({}, {}).home == Path("~/.agents").expanduser()
    assert load_config({}, {"PYPES_HOME": ""}).home == Path("~/.agents").expanduser()
    assert load_config({}, {"PYPES_HOME": "/tmp/x"}).home == Path("/tmp/x")


def test_an_empty_variable_is_not_given(home: Path) -> None:
    assert load(home, {}, {"PYPES_TOKEN": "", "PYPES_PORT": ""}, 'token = "t"').token == "t"


def test_lists_are_written_with_commas_in_flags_and_variables_and_as_lists_in_the_file(home: Path) -> None:
    assert load(home, {}, {"PYPES_ALLOW_HOST": "a, b,,"}).allow_host == ("a", "b")
    assert load(home, {}, {}, 'allow_host = ["a", "b"]').allow_host == ("a", "b")


def test_an_unknown_key_names_the_file_and_the_nearest_known_one(home: Path) -> None:
    said = refusal(home, file="seat = 3")
    assert str(home / "config.toml") in said
    assert "`seat`" in said
    assert "`seats`" in said


def test_the_file_cannot_move_the_home_it_was_found_in(home: Path) -> None:
    assert "unknown key `home`" in refusal(home, file='home = "/elsewhere"')


@pytest.mark.parametrize("text", ["port =", "= 3", '[a"', "port = 1\nport = 2"])
def test_a_file_that_is_no_toml_is_named(home: Path, text: str) -> None:
    assert "config.toml cannot be read" in refusal(home, file=text)


def test_a_file_that_is_not_text_is_named(home: Path) -> None:
    (home / "config.toml").write_bytes(b"\xff\xfe")
    assert "config.toml cannot be read" in refusal(home)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "1.5"),
        ("SEATS", "0"),
        ("SEATS_PER_HOST", "0"),
        ("KEEP_INPUTS", "-1"),
        ("KEEP_RUNS_COUNT", "0"),
        ("KEEP_RUNS", "a week"),
        ("KEEP_RUNS", "9" * 400 + "d"),
        ("LOG_FORMAT", "xml"),
        ("LOG_FIRES", "none"),
        ("DATABASE", "mysql://x"),
        ("DATABASE", "sqlite:///"),
        ("DATABASE", "sqlite:////"),
        ("MAX_BODY", "0"),
        ("PROXY", "https://proxy.test"),
        ("PROXY", "socks5://proxy.test:1080"),
        ("PROXY", "proxy.test:3128"),
        ("NO_PROXY", "10.0.0.0/99"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_the_name_of_its_source(
    home: Path, name: str, value: str
) -> None:
    said = refusal(home, {}, {f"PYPES_{name}": value})
    assert f"PYPES_{name}" in said
    assert len(said) < 300


def test_a_mistake_names_the_flag_or_the_file_it_came_from(home: Path) -> None:
    assert "--port" in refusal(home, {"port": 70_000})
    assert "--log-format" in refusal(home, {"log_format": "xml"})
    said = refusal(home, file="port = 70000")
    assert "config.toml" in said
    assert "port" in said


@pytest.mark.parametrize("key", ["keep_runs", "keep_inputs_for", "proxy"])
def test_an_empty_text_in_the_file_is_refused_before_anything_starts(home: Path, key: str) -> None:
    assert f"config.toml, line 1: {key}: " in refusal(home, file=f'{key} = ""')


def test_a_number_in_the_file_is_no_text(home: Path) -> None:
    assert "config.toml" in refusal(home, file="token = 5")


@pytest.mark.parametrize("path", ["~nosuchuserhere/x"])
def test_a_home_that_cannot_be_is_a_sentence(path: str) -> None:
    with pytest.raises(ConfigError):
        load_config({}, {"PYPES_HOME": path})


def test_a_database_elsewhere_has_its_lock_beside_it(home: Path) -> None:
    config = load(home, {"database": "sqlite:////var/lib/x.db"})
    assert config.store_path == Path("/var/lib/x.db")
    assert config.lock_path == Path("/var/lib/x.lock")


def test_a_home_too_long_for_a_unix_socket_is_told_with_the_remedy(tmp_path: Path) -> None:
    room = LONGEST_SOCKET_PATH - len("/pypes.sock")
    fits = "/" + "h" * (room - 1)
    assert len(str(load_config({}, {"PYPES_HOME": fits}).socket_path)) == LONGEST_SOCKET_PATH
    with pytest.raises(ConfigError, match="set PYPES_HOME to a shorter path"):
        load_config({}, {"PYPES_HOME": fits + "h"})
    with pytest.raises(ConfigError, match="shorter"):
        load_config({}, {"PYPES_HOME": "/" + "é" * (room // 2 + 1)})


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.5", False),
        ("::", False),
        ("example.com", False),
        ("", False),
        ("localhost.example.com", False),
    ],
)
def test_only_loopback_addresses_are_taken_for_loopback(home: Path, host: str, loopback: bool) -> None:  # noqa: FBT001
    assert load(home, {"host": host}).is_loopback is loopback


def test_only_a_proxy_that_pypes_is_told_of_is_used(home: Path) -> None:
    assert load(home, {}, {"HTTP_PROXY": "http://a.test", "https_proxy": "http://a.test"}).way_out is None
    told = {"PYPES_PROXY": "http://me:pass@proxy.test:3128", "PYPES_NO_PROXY": "intern.test, 10.0.0.0/8"}
    proxy = load(home, {}, told).way_out
    assert proxy is not None
    assert str(proxy.origin) == "http://proxy.test:3128"
    assert proxy.around == ("intern.test", "10.0.0.0/8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nprot = 1\n", "config.toml, line 2: unknown key `prot`"),
        ('seats = 2\n"port" = "x"\n', "config.toml, line 2: port: `x` is not a whole number"),
        ("[server]\nport = 1\n", "config.toml, line 1: unknown key `server`"),
        ("keep_runs = 7", "line 1: keep_runs: `7` is not a text in quotes"),
        ('log_format = "xml"', "line 1: log_format: `xml` is not `text` or `json`"),
        ("secret_names = [1]", "line 1: secret_names: `[1]` is not a list of texts"),
        ("database_notifies = 1", "line 1: database_notifies: `1` is not true or false"),
        ('budget_usd_per_day = "x"', "line 1: budget_usd_per_day: `x` is not a number"),
    ],
)
def test_a_mistake_in_the_file_names_its_line_and_what_is_wanted(home: Path, text: str, said: str) -> None:
    assert said in refusal(home, file=text)


def test_what_may_be_a_password_is_not_repeated(home: Path) -> None:
    assert "1234" not in refusal(home, file="token = 1234")


def test_an_address_may_be_written_as_in_a_url(home: Path) -> None:
    assert load(home, {"host": "[::1]"}).host == "::1"
