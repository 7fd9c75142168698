"""Secrets: read where they are allowed to be, and masked in every spelling."""

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypes.errors import InvalidInput
from pypes.secrets import MASK, Mask, Revealed, Secrets, parse_reference


def secrets(home: Path, **variables: str) -> Secrets:
    (home / "secrets").mkdir(exist_ok=True)
    return Secrets(home / "secrets", names=["LISTED"], environment=variables)


def write(home: Path, name: str, text: str, mode: int = 0o600) -> Path:
    path = home / "secrets" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def refusal(store: Secrets, reference: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        store.read(reference)
    return caught.value.message


def test_a_file_below_secrets_is_read_without_the_newline_at_its_end(tmp_path: Path) -> None:
    write(tmp_path, "slack", "T0/B0/x\n")
    write(tmp_path, "team/mail.key", "two\nlines\n\n")
    assert secrets(tmp_path).read("file:slack") == "T0/B0/x"
    assert secrets(tmp_path).read("file:team/mail.key") == "two\nlines\n"


def test_a_secret_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = write(tmp_path, "open", "x", mode=0o640)
    assert refusal(secrets(tmp_path), "file:open") == (
        f"the secret {path} can be read by others: chmod 600 {path}"
    )


def test_a_secret_that_is_not_there_says_where_to_write_it(tmp_path: Path) -> None:
    assert f"there is no secret {tmp_path}/secrets/slack: write it there" in refusal(
        secrets(tmp_path), "file:slack"
    )


@pytest.mark.parametrize("text", ["", "\n", "x" * 70_000])
def test_an_empty_or_huge_file_is_no_secret(tmp_path: Path, text: str) -> None:
    write(tmp_path, "odd", text)
    assert "the secret" in refusal(secrets(tmp_path), "file:odd")


def test_no_name_and_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("x")
    outside.chmod(0o600)
    store = secrets(tmp_path)
    (tmp_path / "secrets" / "link").symlink_to(outside)
    assert "leads out of" in refusal(store, "file:link")
    for name in ("../outside", "a/../../outside", str(outside), "..", "a//b", "a b"):
        assert "cannot be the name of a secret" in refusal(store, f"file:{name}")
    assert "is not a file" in refusal(store, "file:.")


def test_only_variables_that_are_called_so_or_listed_are_read(tmp_path: Path) -> None:
    store = secrets(tmp_path, PYPES_SECRET_A="a", LISTED="b", HOME="/root")
    assert store.read("env:PYPES_SECRET_A") == "a"
    assert store.read("env:LISTED") == "b"
    assert "may not be read: call it PYPES_SECRET_HOME" in refusal(store, "env:HOME")
    assert "is not set" in refusal(store, "env:PYPES_SECRET_B")


@pytest.mark.parametrize("reference", ["slack", "file:", "vault:x", "", "env:a-b", "FILE:x"])
def test_a_reference_has_a_kind_and_a_name(reference: str) -> None:
    with pytest.raises(InvalidInput):
        parse_reference(reference)


def test_what_was_looked_up_is_remembered_for_masking(tmp_path: Path) -> None:
    reveal = Revealed(secrets(tmp_path, PYPES_SECRET_A="value"))
    assert reveal("env:PYPES_SECRET_A") == "value"
    assert reveal.values == ["value"]


@given(st.text(min_size=4, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_no_spelling_of_a_secret_is_left(secret: str, before: str, after: str) -> None:
    raw = secret.encode()
    for spelling in (
        secret,
        quote(raw, safe=""),
        quote(raw),
        json.dumps(secret)[1:-1],
        base64.b64encode(raw).decode(),
    ):
        told = Mask([secret])(before + spelling + after)
        assert spelling not in told.replace(MASK, "")


def test_the_longer_of_two_secrets_is_masked_whole() -> None:
    assert Mask(["abcd", "abcdefgh"])("key=abcdefgh;abcd") == "key=***;***"


def test_values_too_short_to_be_secrets_are_not_looked_for() -> None:
    assert Mask(["1"])("a 1 b") == "a 1 b"


def test_a_secret_that_was_cut_at_the_end_of_a_text_is_masked() -> None:
    mask = Mask(["abcdefgh"])
    assert mask.cut("key=abcdef") == "key=***"
    assert mask.cut("abcdefgh, abc") == "***, abc"
    assert mask.cut("abcd") == "***"
    assert mask.cut("") == ""
