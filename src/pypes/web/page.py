"""Page: the web UI, files of the package that are served under the hash of them all.

The page itself is never kept by a browser; what it names may be kept for ever, because its address changes
with any of it. Everything comes from here, and the policy says so: no other site, no inline script or style.
"""

import gzip
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from importlib import resources
from mimetypes import types_map
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from pypes.errors import NotFound
from pypes.web.body import header
from pypes.web.query import Query
from pypes.web.resource import Operation, in_path
from pypes.web.services import Services

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
GUARDS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
FOREVER = "public, max-age=31536000, immutable"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
VERSION = "{{version}}"
"""Stands in the page for the hash of all files."""
PRELOADS = "{{preloads}}"
"""Stands in the page for the names of all modules, so that a browser asks for them at once."""


class File(NamedTuple):
    """One file as it is sent."""

    data: bytes
    packed: bytes
    """The same, gzipped."""
    type: str


class Site(NamedTuple):
    """All of the UI."""

    version: str
    page: File
    files: dict[str, File]
    """By folder and name."""


@lru_cache(maxsize=1)
def site() -> Site:
    """Read all files once, when the first one is asked for."""
    root = resources.files("pypes.web").joinpath("ui")
    files = {
        f"{folder.name}/{file.name}": _file(file.name, file.read_bytes())
        for folder in root.iterdir()
        if folder.is_dir()
        for file in folder.iterdir()
        if "." + file.name.rpartition(".")[2] in TYPES
    }
    page = root.joinpath("index.html").read_text(encoding="utf-8")
    version = _hash_of(
        [page.encode(), *(data for name in sorted(files) for data in (name.encode(), files[name].data))]
    )
    links = "\n".join(
        f'<link rel="modulepreload" href="/ui/{version}/{name}">'
        for name in sorted(files)
        if name.endswith(".js")
    )
    return Site(
        version, _file("index.html", page.replace(PRELOADS, links).replace(VERSION, version).encode()), files
    )


def _file(name: str, data: bytes) -> File:
    suffix = "." + name.rpartition(".")[2]
    kind = TYPES.get(suffix) or types_map[suffix]
    return File(data, gzip.compress(data, 9, mtime=0), f"{kind}; charset=utf-8")


def _hash_of(parts: list[bytes]) -> str:
    whole = sha256()
    for part in parts:
        whole.update(b"%d:" % len(part) + part)
    return whole.hexdigest()[:16]


async def _show_page(_services: Services, request: Request, _query: Query) -> Response:
    """Show the web UI."""
    tag = f'"{site().version}"'
    headers = {"Cache-Control": "no-cache", "ETag": tag, **GUARDS}
    if header(request.scope, b"if-none-match") == tag.encode():
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return _answer(request, site().page, headers)


async def _show_file(_services: Services, request: Request, _query: Query) -> Response:
    """Send a file of the web UI."""
    name = f"{in_path(request, 'folder')}/{in_path(request, 'file')}"
    file = site().files.get(name)
    if file is None or in_path(request, "version") != site().version:
        raise NotFound("there is no such file in this version of the web UI: load the page again")
    return _answer(request, file, {"Cache-Control": FOREVER, **GUARDS})


def _answer(request: Request, file: File, headers: dict[str, str]) -> Response:
    """Send a file, packed for those who can unpack it."""
    headers["Vary"] = "Accept-Encoding"
    accepted = header(request.scope, b"accept-encoding") or b""
    if b"gzip" not in accepted:
        return Response(file.data, headers=headers, media_type=file.type)
    headers["Content-Encoding"] = "gzip"
    return Response(file.packed, headers=headers, media_type=file.type)


SHOW = Operation(do=_show_page, text="text/html", public=True)
FILE = Operation(do=_show_file, text="text/javascript", public=True)
