"""Where requests may go, and how a host is spelt."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypes.address import AddressRules, host_as_parsed
from pypes.errors import InvalidInput

HOME = AddressRules(allow_private=True)
EXPOSED = AddressRules(allow_private=False)


def refusal(rules: AddressRules, host: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        rules.check_host(host_as_parsed(host))
    return caught.value.message


def embedding(address: str) -> list[str]:
    """Every IPv6 address that carries the IPv4 one."""
    value = int(ipaddress.IPv4Address(address))
    high, low = value >> 16, value & 0xFFFF
    forms = [
        f"::ffff:{address}",
        f"::{address}",
        f"::ffff:0:{address}",
        f"2002:{high:x}:{low:x}::1",
        f"2001:0:{high:x}:{low:x}::1",
        f"2001::{high ^ 0xFFFF:x}:{low ^ 0xFFFF:x}",
        f"64:ff9b::{address}",
        f"64:ff9b:1::{address}",
        f"64:ff9b:1:{high:x}:{low >> 8:x}:{(low & 255) << 8:x}::",
        f"2a00::5efe:{address}",
        f"2a00::200:5efe:{address}",
    ]
    return [f"[{form}]" for form in forms]


METADATA = [
    "169.254.169.254", "169.254.170.2", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376",
    "0xa9.0xfe.169.254", "169.254.43518", "169.16689662", "１６９.２５４.１６９.２５４", "169。254｡169．254",
    "①⑥⑨.254.169.254", "169.254.169.254.", "100.100.100.200", "168.63.129.16", "192.0.0.192",
    "[fd00:ec2::254]", "[fd00:0ec2:0:0:0:0:0:254]", "[fd00:ec2::23]", "[fd20:ce::254]",
    "[fe80::1]", "[FE80::a9fe:a9fe]",
]  # fmt: skip


@pytest.mark.parametrize("host", METADATA + embedding("169.254.169.254") + embedding("100.100.100.200"))
def test_metadata_services_are_refused_in_every_spelling_even_if_listed(host: str) -> None:
    listing = AddressRules(allow_private=True, allow=("0.0.0.0/0", "::/0", "169.254.169.254"))
    assert refusal(listing, host).endswith(", which is never a target")


@pytest.mark.parametrize(
    "host",
    ["224.0.0.1", "239.1.1.1", "[ff02::1]", "0.0.0.0", "0", "0x0", "0.1.2.3", "[::]", "255.255.255.255"],
)
def test_what_is_nobodys_address_is_refused(host: str) -> None:
    assert refusal(HOME, host).endswith(", which is never a target")


PRIVATE = [
    "127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "127.9.9.9", "10.0.0.1",
    "172.16.0.1", "192.168.1.1", "192.168.257", "100.64.0.1", "198.18.0.1", "192.0.2.1",
    "240.0.0.1", "[::1]", "[0:0:0:0:0:0:0:1]", "[fd12:3456::1]", "[fc00::1]", "[fec0::1]",
    "[2001:db8::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE + embedding("127.0.0.1") + embedding("192.168.1.1"))
def test_private_addresses_are_reached_from_a_daemon_on_loopback_only(host: str) -> None:
    HOME.check_host(host_as_parsed(host))
    assert "--allow-target" in refusal(EXPOSED, host)


@pytest.mark.parametrize(
    "host",
    ["8.8.8.8", "1.1.1.1", "[2606:4700::1111]", "[64:ff9b::8.8.8.8]", "[2002:808:808::1]", "example.com"],
)
def test_public_addresses_and_names_may_be_saved(host: str) -> None:
    EXPOSED.check_host(host_as_parsed(host))


def test_a_name_is_judged_by_each_address_it_resolves_to() -> None:
    EXPOSED.check("intern.example", "93.184.216.34")
    with pytest.raises(
        InvalidInput, match=r"intern\.example \(10\.0\.0\.7\) is a loopback or private address"
    ):
        EXPOSED.check("intern.example", "10.0.0.7")
    with pytest.raises(InvalidInput, match="never a target"):
        HOME.check("metadata.google.internal", "169.254.169.254")
    with pytest.raises(InvalidInput, match="never a target"):
        HOME.check("printer.local", "fe80::1%eth0")


@pytest.mark.parametrize(
    "entry", ["10.0.0.0/8", "10.1.2.3", "intern.example", "Intern.Example.", "0xa.1.2.3"]
)
def test_the_allow_list_takes_networks_addresses_and_names(entry: str) -> None:
    rules = AddressRules(allow_private=False, allow=("fd00::/8", entry))
    rules.check("intern.example", "10.1.2.3")
    rules.check("other.example", "fd12::1")
    with pytest.raises(InvalidInput):
        rules.check("other.example", "192.168.0.1")


def test_a_listed_ipv4_network_covers_its_mapped_addresses() -> None:
    AddressRules(allow_private=False, allow=("10.0.0.0/8",)).check("x", "::ffff:10.1.2.3")
    with pytest.raises(InvalidInput):
        AddressRules(allow_private=False, allow=("::/0",)).check("x", "::ffff:10.1.2.3")


@pytest.mark.parametrize("entry", ["10.0.0.1/8", "10.0.0.0/33", "two words", ""])
def test_an_entry_that_is_no_target_is_refused(entry: str) -> None:
    with pytest.raises(InvalidInput):
        AddressRules(allow_private=False, allow=(entry,))


@pytest.mark.parametrize(
    ("written", "parsed"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("ｅｘａｍｐｌｅ。com", "example.com"),
        ("snake_case.example", "snake_case.example"),
        ("1.2.3", "1.2.0.3"),
        ("0X7F.1", "127.0.0.1"),
        ("[2001:DB8::0:1]", "2001:db8::1"),
        ("123.example", "123.example"),
    ],
)
def test_a_host_has_one_spelling(written: str, parsed: str) -> None:
    assert host_as_parsed(written) == parsed


@pytest.mark.parametrize(
    "host",
    [
        "", ".", "a..b", "a b", "a/b", "a@b", "a%2eb", "℀.example", "1.2.3.4.5", "256.1.1.1",
        "1.2.3.256", "4294967296", "08.1.1.1", "0x1g.1", "1.0xffffffff", "x.1", "1..2", "[1.2.3.4]",
        "[::1", "[fe80::1%25eth0]", "[]", "::1", "straße.example", "a" * 64 + ".example",
        "a." * 127 + "ab", "\ud800.example", "9" * 5000,
    ],
)  # fmt: skip
def test_what_nobody_could_connect_to_is_refused(host: str) -> None:
    with pytest.raises(InvalidInput):
        host_as_parsed(host)


def respelt(host: str) -> str:
    """The host as it would stand in a URL again."""
    return f"[{host}]" if ":" in host else host


@given(st.text(max_size=30) | st.ip_addresses().map(str).map(respelt))
def test_any_text_is_refused_or_becomes_a_spelling_that_stays(text: str) -> None:
    try:
        parsed = host_as_parsed(text)
    except InvalidInput:
        return
    assert parsed.isascii()
    assert host_as_parsed(respelt(parsed)) == parsed


@given(st.ip_addresses(v=4))
def test_numbers_are_read_as_the_c_library_reads_them(address: ipaddress.IPv4Address) -> None:
    value = int(address)
    first, rest = value >> 24, value & 0xFFFFFF
    for spelling in str(value), f"{value:#x}", f"0{value:o}", f"{first}.{rest}", f"{first:#x}.0{rest:o}":
        assert host_as_parsed(spelling) == str(address)


@pytest.mark.parametrize("host", ["metadata.google.internal", "metadata.goog", "instance-data.ec2.internal"])
def test_a_metadata_service_is_refused_by_its_name_whatever_is_listed(host: str) -> None:
    with pytest.raises(InvalidInput, match="never a target"):
        AddressRules(allow_private=True, allow=(host,)).check_host(host)
    AddressRules(allow_private=False).check_host(f"not-{host}")
