"""The image and the compose file, as far as can be told without an engine that runs them."""

import re
from pathlib import Path

from pypes.config import Config, is_database
from pypes.given import PREFIX

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()


def test_every_setting_that_they_give_is_known() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Config.__struct_fields__}
    given = set(re.findall(rf"\b({PREFIX}[A-Z_]+)[:=]", DOCKERFILE + COMPOSE))
    assert given <= known
    assert {"PYPES_HOME", "PYPES_HOST"} <= given


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    kept = (ROOT / ".dockerignore").read_text()
    copied = [
        word for line in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.M) for word in line.split()
    ]
    assert copied == ["pyproject.toml", "README.md", "LICENSE", "src"]
    for name in copied:
        assert (ROOT / name).exists()
        assert f"!{name}\n" in kept


def test_the_database_of_the_compose_file_is_one() -> None:
    (url,) = re.findall(r"PYPES_DATABASE: (\S+?)\$", COMPOSE)
    assert is_database(f"{url}password@database/pypes")


def test_nothing_in_the_image_runs_as_root_and_the_daemon_is_pid_one() -> None:
    last = DOCKERFILE.rpartition("FROM ")[2]
    assert "USER 10001:10001" in last
    assert 'ENTRYPOINT ["pypes"]' in last
    assert 'CMD ["start", "--attach"]' in last


def test_a_daemon_is_given_more_time_to_stop_than_it_takes() -> None:
    (grace,) = re.findall(r"stop_grace_period: (\d+)s", COMPOSE)
    assert int(grace) > 15
