"""Page: what a browser shows at `/` until there is more to see."""

from starlette.requests import Request
from starlette.responses import Response

from pypes import __version__
from pypes.web.query import Query
from pypes.web.resource import Operation
from pypes.web.services import Services

_HTML = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>pypes</title>
<h1>pypes {__version__}</h1>
<p>The daemon is running. Have a look at
<a href="/agents">agents</a>,
<a href="/schedules">schedules</a>,
<a href="/schedules/upcoming">what fires next</a>,
<a href="/runs">runs</a>,
<a href="/nodes">nodes</a>,
<a href="/readyz">health</a>,
<a href="/metrics">metrics</a> and
<a href="/openapi.json">the API</a>.</p>
</html>
"""


async def _show_page(_services: Services, _request: Request, _query: Query) -> Response:
    """Show a page for people."""
    headers = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
    return Response(_HTML, headers=headers, media_type="text/html")


SHOW = Operation(do=_show_page, text="text/html", public=True)
