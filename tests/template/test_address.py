"""Addresses: inputs say what stands in a path or query, never where a request goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypes.errors import InvalidInput
from pypes.template import check_address, render_address
from pypes.url import split_url


@pytest.mark.parametrize(
    ("url", "literal"),
    [
        ("https://example.com/{{ input.id }}", "https://example.com"),
        ("https://example.com?q={{ input.q }}", "https://example.com"),
        ("http://u:{{ secret('file:p') }}@example.com/{{ x }}", None),
        ("https://{{ secret('env:PYPES_SECRET_HOST') }}/x?y={{ input }}", None),
        ("{{ secret('file:slack') }}", None),
        ('{{secret("file:slack")}}/{{ input.id }}', None),
        ("https://example.com/services/{{ secret('file:slack') }}", "https://example.com"),
        ("https://example.com/{% if input %}a{% endif %}{{ agent }}", "https://example.com"),
    ],
)
def test_scheme_and_host_are_literal_or_secret(url: str, literal: str | None) -> None:
    assert check_address(url) == literal


@pytest.mark.parametrize(
    "url",
    [
        "{{ input.url }}",
        "https://{{ input.host }}/",
        "https://example.com{{ input.path }}",
        "https://example.com:{{ input.port }}/",
        "https://{{ agent }}@example.com/",
        "{{ secret('file:base') }}{{ input.path }}",
        "{{ secret(input.name) }}/x",
        "{{ secret('file:a') ~ input.x }}/x",
        "{% if input %}https://a/{% endif %}{{ input }}",
        "{# c #}https://{{ input }}/",
        "ftp://example.com/{{ input }}",
        "{{ input.scheme }}://example.com/",
    ],
)
def test_an_address_that_an_input_could_choose_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="written out"):
        check_address(url)


@given(st.text())
def test_whatever_an_input_says_it_stays_in_its_part_of_the_address(said: str) -> None:
    url = render_address("https://example.com/a/{{ input }}/b?c={{ input }}&d=1", {"input": said})
    origin, target, host, user = split_url(url)
    assert (str(origin), host, user) == ("https://example.com:443", "example.com", None)
    path, query = target.split("?")
    assert path.count("/") == 3
    assert query.count("&") == 1
    assert query.endswith("&d=1")


def test_values_are_percent_encoded_and_secrets_are_not() -> None:
    context = {"input": {"id": "a/b c", "n": 1.5, "on": True}, "secret": {"file:x": "T0/B0/x"}.__getitem__}
    url = "https://h/{{ secret('file:x') }}/{{ input.id }}?n={{ input.n }}&on={{ input.on }}"
    assert render_address(url, context) == "https://h/T0/B0/x/a%2Fb%20c?n=1.5&on=true"


def test_a_secret_that_something_was_added_to_is_a_value_like_others() -> None:
    context = {"input": "../x", "secret": {"file:x": "a/b"}.__getitem__}
    assert render_address("https://h/{{ secret('file:x') ~ input }}", context) == "https://h/a%2Fb..%2Fx"


def test_an_address_without_templates_is_passed_as_it_is() -> None:
    assert render_address("https://h/{x}", {}) == "https://h/{x}"


def test_an_address_has_an_end() -> None:
    with pytest.raises(InvalidInput, match="more than 16384"):
        render_address("https://h/{{ input }}", {"input": "x" * 20_000})
