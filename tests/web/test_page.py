"""The web UI as it is served: one page, files under the hash of them all, and nothing from elsewhere."""

import gzip
import json
import re
from hashlib import sha256
from importlib import resources

from pypes.web.page import site

from .client import Client
from .conftest import Tell

UI = resources.files("pypes.web").joinpath("ui")
MOST_LINES = 250


def test_the_page_names_only_files_of_ours_and_each_of_them_is_there(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        page = (await client.get("/")).body.decode()
        addresses = re.findall(r'(?:href|src)="([^"]+)"', page.partition("<noscript>")[0])
        assert len(addresses) > 20
        for address in addresses:
            answer = await client.get(address)
            assert answer.status == 200, address
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"

    with_app(story)


def test_a_browser_asks_for_the_page_again_and_is_told_when_it_has_it_already(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        page = await client.get("/")
        assert page.headers["cache-control"] == "no-cache"
        again = await client.get("/", if_none_match=page.headers["etag"])
        assert (again.status, again.body) == (304, b"")

    with_app(story)


def test_what_can_be_unpacked_is_sent_packed(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        plain, packed = await client.get("/"), await client.get("/", accept_encoding="gzip, br")
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert "content-encoding" not in plain.headers

    with_app(story)


def test_the_policy_lets_nothing_in_from_elsewhere(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        policy = (await client.get("/")).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy

    with_app(story)


def test_a_file_of_another_version_or_outside_is_not_there(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        version = site().version
        for address in (
            "/ui/0000000000000000/base/main.js",
            f"/ui/{version}/base/nothing.js",
            f"/ui/{version}/../page.py",
            f"/ui/{version}/%2e%2e/page.py",
            f"/ui/{version}/vendor/vendor.json",
        ):
            assert (await client.get(address)).status == 404, address

    with_app(story)


def test_the_page_and_its_files_need_no_token_and_the_api_does(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        assert (await client.get("/")).status == 200
        assert (await client.get(f"/ui/{site().version}/base/main.js")).status == 200
        for path in ("/overview", "/events", "/roster", "/timeline", "/agents/ui/recent"):
            assert (await client.get(path)).status == 401, path

    with_app(story, token="s3cret")


def test_what_others_wrote_is_what_was_recorded_with_its_licence() -> None:
    folder = UI.joinpath("vendor")
    recorded = json.loads(folder.joinpath("vendor.json").read_text())
    found = {file.name: sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
    found.pop("vendor.json")
    assert found == recorded["sha256"]
    assert {f"{name}.LICENSE" for name in recorded["packages"]} <= set(found)


def test_no_file_names_another_site_and_each_module_fits_on_two_screens() -> None:
    for folder in ("base", "parts", "pages"):
        for file in UI.joinpath(folder).iterdir():
            text = file.read_text()
            elsewhere = set(re.findall(r"https?://[\w.]+", text)) - {
                "http://www.w3.org",
                "https://example.com",
            }
            assert not elsewhere, file.name
            assert file.name.endswith(".css") or text.count("\n") <= MOST_LINES, file.name
            assert "innerHTML" not in text, file.name
