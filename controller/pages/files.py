"""Files the browser loads: ours and third-party ones, all from here and never from elsewhere."""

from fastapi import APIRouter, Request
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

from controller.pages.templates import STATIC

router = APIRouter()
# Addresses carry a hash of the contents, so what was fetched once is good for ever.
_FOR_EVER = "public, max-age=31536000, immutable"
_files = StaticFiles(directory=STATIC)


@router.get("/static/{path:path}")
async def static_file(path: str, request: Request) -> Response:
    """One file below ``controller/static``."""
    response = await _files.get_response(path, request.scope)
    response.headers["Cache-Control"] = _FOR_EVER
    return response
