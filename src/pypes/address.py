"""Which hosts and addresses a request may go to.

A host has one canonical spelling, the one that the sender itself connects to, so that what is checked when
an action is saved is what is checked again when it is sent. There are three classes of address:

* never: cloud metadata services, link-local, multicast, unspecified and broadcast. No setting allows them.
* private: loopback, LAN and whatever else is not routed publicly. Allowed while the daemon itself listens
  on loopback only, otherwise only where listed.
* public: allowed.

An IPv6 address that carries an IPv4 one (mapped, compatible, translated, 6to4, Teredo, NAT64, ISATAP) is
judged as both, and the worse verdict counts.
"""

import ipaddress
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from pypes.errors import InvalidInput

IPv4 = ipaddress.IPv4Address
IPv6 = ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NEVER: tuple[tuple[Network, str], ...] = (
    (ipaddress.ip_network("169.254.0.0/16"), "a link-local address, where clouds serve their metadata"),
    (ipaddress.ip_network("fe80::/10"), "a link-local address"),
    (ipaddress.ip_network("100.100.100.200/32"), "a cloud metadata service (Alibaba)"),
    (ipaddress.ip_network("168.63.129.16/32"), "a cloud metadata service (Azure)"),
    (ipaddress.ip_network("192.0.0.192/32"), "a cloud metadata service (Oracle)"),
    (ipaddress.ip_network("fd00:ec2::/32"), "a cloud metadata service (AWS)"),
    (ipaddress.ip_network("fd20:ce::254/128"), "a cloud metadata service (Google)"),
    (ipaddress.ip_network("224.0.0.0/4"), "a multicast address"),
    (ipaddress.ip_network("ff00::/8"), "a multicast address"),
    (ipaddress.ip_network("0.0.0.0/8"), "an unspecified address"),
    (ipaddress.ip_network("::/128"), "an unspecified address"),
    (ipaddress.ip_network("255.255.255.255/32"), "the broadcast address"),
)
"""Refused whatever is listed, with what each is."""

METADATA_NAMES = (
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.internal",
    "instance-data.ec2.internal",
    "metadata.tencentyun.com",
)
"""Refused as names too: where a proxy resolves, their address is never seen here."""

ROUTED = (ipaddress.ip_network("2000::/3"), ipaddress.ip_network("64:ff9b::/96"))

DEVIATIONS = "\u00df\u03c2\u200c\u200d"
"""ß, ς and the two joiners: IDNA 2003 and 2008 turn them into different names."""

_LOW_32 = 0xFFFF_FFFF


class AddressRules(msgspec.Struct, frozen=True):
    """What the daemon's own exposure and its allow-list permit."""

    allow_private: bool
    """True while the daemon listens on loopback only."""
    allow: tuple[str, ...] = ()
    """Host names, addresses and CIDR ranges given with `--allow-target`."""

    def __post_init__(self) -> None:
        for entry in self.allow:
            listed(entry)

    def check(self, host: str, address: str) -> None:
        """Refuse with a sentence if a request for `host` may not connect to `address` (no brackets)."""
        verdict = judged(address)
        if verdict.never:
            raise InvalidInput(f"{named(host, address)} is {verdict.never}, which is never a target")
        if self.allow_private or verdict.is_public or self.lists(host, verdict.address):
            return
        raise InvalidInput(
            f"{named(host, address)} is a loopback or private address, which a daemon that listens beyond "
            f"loopback only reaches if it is started with --allow-target {host}"
        )

    def check_host(self, host: str) -> None:
        """Refuse a canonical host that is itself forbidden; most names are judged once they resolve."""
        self.check_name(host)
        if is_address(host):
            self.check(host, host)

    def check_name(self, host: str) -> None:
        """Refuse a name that stands for a metadata service wherever it is resolved."""
        if host in METADATA_NAMES:
            raise InvalidInput(f"{host} is a cloud metadata service, which is never a target")

    def lists(self, host: str, address: IPv4 | IPv6) -> bool:
        """Tell whether the allow-list names the host or covers the address."""
        entries = map(listed, self.allow)
        return any(host == entry if isinstance(entry, str) else address in entry for entry in entries)


@lru_cache(maxsize=256)
def listed(entry: str) -> str | Network:
    """Read one entry of the allow-list: a network (an address is one of its own), or a canonical host."""
    try:
        return ipaddress.ip_network(entry.strip("[]"))
    except ValueError:
        if "/" in entry:
            raise InvalidInput(f"`{entry}` is not a network such as 10.0.0.0/8: check its bits") from None
    host = host_as_parsed(entry)
    return ipaddress.ip_network(host) if is_address(host) else host


class Verdict(msgspec.Struct, frozen=True):
    """What an address is, for every daemon alike."""

    address: IPv4 | IPv6
    """As it is read first."""
    never: str | None
    """Why it is no target at all, if it is none."""
    is_public: bool


@lru_cache(maxsize=4096)
def judged(address: str) -> Verdict:
    """Judge an address by all that it may mean; the worst counts."""
    meanings = list(readings(ipaddress.ip_address(address.partition("%")[0])))
    why = next((why for meaning in meanings if (why := never(meaning))), None)
    return Verdict(meanings[0], why, all(map(is_public, meanings)))


def named(host: str, address: str) -> str:
    """Name an address, with the host that led to it where they differ."""
    return address if host == address else f"{host} ({address})"


def never(address: IPv4 | IPv6) -> str | None:
    """Tell why no setting may allow the address, if that is so."""
    return next((why for network, why in NEVER if address in network), None)


def is_public(address: IPv4 | IPv6) -> bool:
    """Tell whether the address is routed on the public internet; of IPv6, only 2000::/3 and NAT64's are."""
    return address.is_global and (address.version == 4 or any(address in network for network in ROUTED))


def is_address(host: str) -> bool:
    """Tell whether a canonical host is an address rather than a name."""
    return ":" in host or host.rpartition(".")[2].isdigit()


def readings(address: IPv4 | IPv6) -> Iterator[IPv4 | IPv6]:
    """Yield what an address may mean, itself first; a mapped one means nothing but its IPv4 address."""
    if isinstance(address, IPv4):
        yield address
    elif address.ipv4_mapped:
        yield address.ipv4_mapped
    else:
        yield address
        yield from (
            IPv4(value) for value in embedded(int(address)) if value >> 24
        )  # 0.0.0.0/8: not that form


def embedded(value: int) -> Iterator[int]:
    """Yield the IPv4 addresses that an IPv6 one may carry (RFC 3056, 4291, 4380, 5214, 6052, 8215)."""
    low = value & _LOW_32
    top = value >> 32
    if top in (0, 0xFFFF_0000):  # compatible, and SIIT's ::ffff:0:a.b.c.d
        yield low
    if value >> 112 == 0x2002:
        yield value >> 80 & _LOW_32
    if value >> 96 == 0x2001_0000:  # Teredo: its server, and its client with the bits inverted
        yield value >> 64 & _LOW_32
        yield low ^ _LOW_32
    if top == 0x0064_FF9B << 64 or value >> 80 == 0x0064_FF9B_0001:
        yield low
    if value >> 80 == 0x0064_FF9B_0001:  # RFC 6052 with a /48 prefix: 16 bits, a zero byte, 16 bits
        yield (value >> 64 & 0xFFFF) << 16 | value >> 40 & 0xFFFF
    if value >> 32 & 0xFDFF_FFFF == 0x5EFE:  # ISATAP: ::[02]00:5efe:a.b.c.d as the interface's half
        yield low


def host_as_parsed(url_host: str) -> str:
    """Give the spelling that is checked, connected to and sent: ASCII, lower case, no brackets."""
    if url_host.startswith("["):
        return _ipv6(url_host)
    host = _ascii(url_host).removesuffix(".")
    last = host.rpartition(".")[2]
    if last.isdigit() or last.startswith("0x"):
        return _ipv4(host)
    _check_name(host, url_host)
    return host


def _ipv6(text: str) -> str:
    inner = text[1:-1] if text.endswith("]") else ""
    if "%" in inner:
        raise InvalidInput(f"`{text}` names a network interface: drop everything from the %")
    try:
        return str(IPv6(inner))
    except ValueError:
        raise InvalidInput(f"`{text}` is not an IPv6 address in brackets") from None


def _ascii(text: str) -> str:
    if text.isascii():
        return text.lower()
    if any(letter in DEVIATIONS for letter in text):
        raise InvalidInput(f"the host `{text}` is read differently by different programs: write it as xn--…")
    try:
        return text.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise InvalidInput(f"the host `{text}` is not a name that can be looked up") from None


def _ipv4(host: str) -> str:
    """Read what inet_aton reads: one to four numbers, each decimal, octal (0…) or hexadecimal (0x…)."""
    try:
        *first, last = [_number(part) for part in host.split(".")]
    except ValueError:
        first, last = [256], 0
    free = 4 - len(first)
    if len(first) > 3 or any(part > 255 for part in first) or last >= 256**free:
        raise InvalidInput(f"`{host}` is not an IPv4 address")
    return str(IPv4(int.from_bytes(bytes(first), "big") << 8 * free | last))


def _number(text: str) -> int:
    if not text.isalnum() or not text.isascii():
        raise ValueError(text)
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8) if text.startswith("0") else int(text)


def _check_name(host: str, shown: str) -> None:
    if not host:
        raise InvalidInput("the URL has no host")
    if not all(letter.isalnum() or letter in "-_." for letter in host) or not host.isascii():
        raise InvalidInput(f"the host `{shown}` contains characters that no name has")
    if len(host) > 253 or not all(0 < len(label) <= 63 for label in host.split(".")):
        raise InvalidInput(
            f"the host `{shown}` is not a name: parts have 1–63 letters, the whole at most 253"
        )
