"""Taking URLs apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypes.errors import InvalidInput
from pypes.request import Origin
from pypes.url import masked, split_url


@pytest.mark.parametrize(
    ("url", "origin", "target", "host", "user"),
    [
        ("http://example.com", Origin("http", "example.com", 80), "/", "example.com", None),
        ("HTTPS://Example.com/A?b#c", Origin("https", "example.com", 443), "/A?b", "example.com", None),
        ("https://example.com:8443/", Origin("https", "example.com", 8443), "/", "example.com:8443", None),
        ("http://example.com:/", Origin("http", "example.com", 80), "/", "example.com", None),
        ("http://example.com:443/", Origin("http", "example.com", 443), "/", "example.com:443", None),
        ("http://example.com?a=/b", Origin("http", "example.com", 80), "/?a=/b", "example.com", None),
        ("http://u:p@h/", Origin("http", "h", 80), "/", "h", "u:p"),
        ("http://u@x:p@h/", Origin("http", "h", 80), "/", "h", "u@x:p"),
        ("http://@h/", Origin("http", "h", 80), "/", "h", ""),
        ("http://[::1]:8080/x", Origin("http", "::1", 8080), "/x", "[::1]:8080", None),
        ("http://0x7f.1/", Origin("http", "127.0.0.1", 80), "/", "127.0.0.1", None),
        ("http://bücher.example/ä?ö=%20%zz", None, "/%C3%A4?%C3%B6=%20%zz", "xn--bcher-kva.example", None),
        ("http://h/a|b{c}\"<>^`", Origin("http", "h", 80), "/a%7Cb%7Bc%7D%22%3C%3E%5E%60", "h", None),
        ("http://h/a@b:c", Origin("http", "h", 80), "/a@b:c", "h", None),
    ],
)  # fmt: skip
def test_a_url_has_an_origin_a_target_a_host_and_perhaps_a_user(
    url: str, origin: Origin | None, target: str, host: str, user: str | None
) -> None:
    parts = split_url(url)
    assert parts[1:] == (target, host, user)
    assert origin is None or parts[0] == origin


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "//example.com/", "http:/example.com", "http:example.com", "ftp://example.com/", "http://",
        "http:///path", "http://:80/", "http://u@/", "http://a b/", "http://a/b c", "http://a/\n", "http://a/\x7f",
        "http://a\\@b/", "http://a/\u00a0", "http://a:0/", "http://a:65536/", "http://a:-1/", "http://a:８０/",
        "http://a:80:80/", "http://a:080080/", "http://a:x/", "http://::1/", "http://[::1/", "http://[::1]x/",
        "http://a[b]/", "http://a%00b/", " http://a/", "http://a/\ud800",
    ],
)  # fmt: skip
def test_what_is_not_plainly_a_web_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        split_url(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:secret@host/path?q@r", "https://***@host/path?q@r"),
        ("https://us@er:sec@host", "https://***@host"),
        ("https://host/a@b", "https://host/a@b"),
        ("not a url", "not a url"),
    ],
)
def test_user_info_is_masked_for_logs(url: str, shown: str) -> None:
    assert masked(url) == shown


@given(st.text(max_size=40), st.sampled_from(["", "http://", "https://h", "http://h/", "http://u@h:1/"]))
def test_any_text_is_refused_or_gives_parts_that_are_safe_to_send(text: str, start: str) -> None:
    try:
        _, target, host, _ = split_url(start + text)
    except InvalidInput:
        return
    assert target.startswith("/")
    assert all("!" <= letter <= "~" for letter in target + host)
