"""Mistakes in JSON: each names its place, in a sentence."""

from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypes.decoding import DEEPEST, check_json, decode
from pypes.errors import InvalidInput, MalformedJson, PypesError


class Wheel(msgspec.Struct, forbid_unknown_fields=True, tag="wheel"):
    radius: int
    spokes: list[str] = []


class Sail(msgspec.Struct, forbid_unknown_fields=True, tag="sail"):
    area: float


class Cart(msgspec.Struct, forbid_unknown_fields=True):
    wheels: list[Wheel | Sail] = []
    owner: str | None = None
    parts: dict[str, Wheel] = {}


def mistake(text: str | bytes, kind: Any = Cart) -> tuple[str, str | None]:
    with pytest.raises(InvalidInput) as refused:
        decode(text, kind)
    return refused.value.message, refused.value.path


def test_good_json_becomes_what_it_says() -> None:
    cart = decode(b'{"wheels":[{"type":"wheel","radius":3}]}', Cart)
    assert cart == Cart(wheels=[Wheel(radius=3)])


@pytest.mark.parametrize(
    ("text", "sentence", "path"),
    [
        ('{"ownr":1}', "unknown field `ownr`: did you mean `owner`?", "$.ownr"),
        ('{"zzz":1}', "unknown field `zzz`; known: owner, parts, wheels", "$.zzz"),
        ('{"owner":1}', "expected a string or null, not a whole number", "$.owner"),
        ('{"wheels":[{"type":"wheel"}]}', "the field `radius` is missing", "$.wheels[0]"),
        (
            '{"wheels":[{"type":"weel","radius":1}]}',
            "`weel` is not a type known here: did you mean `wheel`?",
            "$.wheels[0].type",
        ),
        (
            '{"wheels":[{"type":"wheel","radius":1},{"type":"wheel","radius":1,"radios":2}]}',
            "unknown field `radios`: did you mean `radius`?",
            "$.wheels[1].radios",
        ),
        ('{"wheels":[{"type":"sail","area":"big"}]}', "expected a number, not a string", "$.wheels[0].area"),
        ('{"wheels":7}', "expected a list, not a whole number", "$.wheels"),
        ("[]", "expected an object, not a list", "$"),
        ("null", "expected an object, not null", "$"),
    ],
)
def test_a_mistake_names_its_place_and_what_was_expected(text: str, sentence: str, path: str) -> None:
    assert mistake(text) == (sentence, path)


def test_an_unknown_field_below_a_free_key_is_found_too() -> None:
    message, path = mistake('{"parts":{"left":{"type":"wheel","radius":1,"spoke":[]}}}')
    assert "did you mean `spokes`?" in message
    assert path is not None
    assert path.startswith("$.parts")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"nul",
        b"{'a':1}",
        b'{"a":1,}',
        b"\xff\xfe{}",
        b'"\xff"',
        b'{"owner":"\xc3"}',
        b"\xef\xbb\xbf{}",
        b'"\\ud800"',
        b"NaN",
        b"[1] [2]",
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        b'"\x00"',
    ],
    ids=range(15),
)
def test_what_is_not_json_is_malformed_and_never_a_crash(text: bytes) -> None:
    with pytest.raises(MalformedJson):
        decode(text, object)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 5000])
def test_a_number_that_no_machine_holds_is_refused(number: str) -> None:
    with pytest.raises(PypesError):
        check_json(number)


def test_json_may_be_nested_up_to_the_limit_and_not_beyond() -> None:
    assert check_json("[" * DEEPEST + "]" * DEEPEST)
    with pytest.raises(MalformedJson, match="deeper than"):
        check_json("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))
    with pytest.raises(MalformedJson, match="deep"):
        check_json('{"a":' * (DEEPEST + 1) + "1" + "}" * (DEEPEST + 1))


def test_brackets_in_strings_are_no_nesting() -> None:
    text = '["' + "[{" * 5000 + '\\"' + "[" * 5000 + '\\\\"]'
    assert check_json(text) == text.encode()


def test_width_is_no_depth() -> None:
    text = "[" + ",".join(['{"a":[]}'] * 2000) + "]"
    assert check_json(text) == text.encode()


def test_checked_json_keeps_its_bytes_but_for_the_blanks_around_it() -> None:
    assert check_json('\n {"b" : 1.0,\t"a":1e2}\r\n ') == b'{"b" : 1.0,\t"a":1e2}'


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(json_values)
def test_every_value_that_can_be_written_is_accepted_unchanged(value: Any) -> None:
    text = msgspec.json.encode(value)
    assert check_json(text) == text


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode(errors="surrogatepass")))
def test_bytes_that_nobody_meant_as_json_raise_nothing_but_our_own_errors(raw: bytes) -> None:
    try:
        check_json(raw)
        decode(raw, Cart)
    except PypesError as error:
        assert error.message  # noqa: PT017 - either outcome is right, a third is not


def test_a_large_flat_text_is_checked_without_exhausting_the_stack() -> None:
    text = '{"a":"' + "\\n" * 2_000_000 + '","b":[' + ",".join(["[]"] * 300) + "]}"
    assert len(check_json(text)) == len(text)


class Page(msgspec.Struct):
    count: Annotated[int, msgspec.Meta(ge=1, le=1000)]


@pytest.mark.parametrize(("count", "bound"), [(0, ">= 1"), (1001, "<= 1000")])
def test_a_number_out_of_its_bounds_is_told_the_bound(count: int, bound: str) -> None:
    with pytest.raises(InvalidInput, match=f"expected a whole number {bound}$") as refused:
        decode(f'{{"count":{count}}}', Page)
    assert refused.value.path == "$.count"
