"""Proxy: who goes through it, and what it is told."""

import pytest

from pypes.errors import InvalidInput
from pypes.proxy import Proxy, read_proxy
from pypes.request import Request
from pypes.url import split_url


def request(url: str) -> Request:
    origin, target, host, _ = split_url(url)
    return Request(origin, f"POST {target} HTTP/1.1\r\nHost: {host}\r\n\r\n{{}}".encode(), 1)


@pytest.mark.parametrize(
    ("url", "serves"),
    [
        ("http://example.com/", True),
        ("https://example.com/", True),
        ("http://8.8.8.8/", True),
        ("http://10.1.2.3/", False),
        ("http://[fd00::1]/", False),
        ("http://intern.test/", False),
        ("http://a.b.intern.test/", False),
        ("http://notintern.test/", True),
        ("http://dotted.test/", False),
        ("http://a.dotted.test/", False),
        ("http://starred.test/", False),
        ("http://localhost:8080/", False),
        ("http://x.localhost/", False),
        ("http://127.9.9.9/", False),
        ("http://0x7f.1/", False),
        ("http://[::1]/", False),
    ],
)
def test_all_go_through_the_proxy_but_this_machine_and_what_is_listed(url: str, *, serves: bool) -> None:
    around = ("10.0.0.0/8", "fd00::/8", "intern.test", ".dotted.test", "*.starred.test")
    assert read_proxy("http://proxy.test:3128", around).serves(split_url(url)[0]) is serves


def test_a_request_in_the_clear_names_the_whole_url_and_the_credentials() -> None:
    proxy = read_proxy("http://me:p%40ss@proxy.test:3128", ())
    told = proxy.worded(request("http://example.com:8080/a?b=%20 c".replace(" ", "")))
    assert told.data == (
        b"POST http://example.com:8080/a?b=%20c HTTP/1.1\r\n"
        b"Proxy-Authorization: Basic bWU6cEBzcw==\r\n"
        b"Host: example.com:8080\r\n\r\n{}"
    )
    assert told.origin == request("http://example.com:8080/").origin


def test_a_request_through_a_tunnel_says_nothing_of_the_proxy() -> None:
    secret = request("https://example.com/")
    assert read_proxy("http://me:pass@proxy.test", ()).worded(secret) is secret


@pytest.mark.parametrize(
    ("url", "place"),
    [("https://example.com/", "example.com:443"), ("https://[2001:db8::1]:8443/", "[2001:db8::1]:8443")],
)
def test_a_tunnel_is_asked_for_by_host_and_port(url: str, place: str) -> None:
    asked = read_proxy("http://proxy.test", ()).tunnel_request(split_url(url)[0])
    assert asked == f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode()


def test_a_proxy_has_a_port_like_any_url() -> None:
    assert read_proxy("http://proxy.test", ()) == Proxy(split_url("http://proxy.test:80/")[0])


@pytest.mark.parametrize(
    "url",
    ["proxy.test:3128", "https://proxy.test", "socks5://proxy.test", "http://proxy.test/path", "http://"],
)
def test_what_is_no_proxy_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        read_proxy(url, ())


@pytest.mark.parametrize("entry", ["10.0.0.0/33", "10.0.0.1/8", "a b", "."])
def test_what_needs_no_proxy_is_a_host_or_a_network(entry: str) -> None:
    with pytest.raises(InvalidInput):
        read_proxy("http://proxy.test", (entry,))
