"""PDF by typst: data goes in as JSON and is never markup.

The fonts that are used are embedded, with only the characters that occur.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import typst

from controller.errors import FleetError
from controller.language import N_

#: The first one there is is used.
FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "Microsoft YaHei")
#: Dots an inch of pictures: sharp on paper.
_PPI = 200


class FontMissing(FleetError):
    """No font with Chinese characters is installed."""

    status = 503
    code = "font_missing"
    title = N_("Not available")
    message = N_("No Chinese font is installed on the server: install {package}.")


def typeset(template: Path, data: Mapping[str, Any], *before: Path) -> bytes:
    """A template with its data as PDF; the template finds them, and ``font``, as JSON.

    Args:
        template: what is printed.
        data: of it.
        before: what several templates share, read before it.

    Raises:
        FontMissing: Chinese cannot be written.
    """
    made = typst.compile(_source(template, before), sys_inputs=_inputs(data))
    if not isinstance(made, bytes):
        raise TypeError(type(made).__name__)
    return made


def drawn(template: Path, data: Mapping[str, Any], *before: Path) -> list[bytes]:
    """A template with its data as pictures (PNG), one a page; as :func:`typeset`."""
    made = typst.compile(
        _source(template, before), format="png", ppi=_PPI, sys_inputs=_inputs(data)
    )
    return [page for page in ([made] if isinstance(made, bytes) else made) if page]


def _source(template: Path, before: Sequence[Path]) -> bytes:
    return b"".join(part.read_bytes() for part in (*before, template))


def _inputs(data: Mapping[str, Any]) -> dict[str, str]:
    return {"data": json.dumps({**data, "font": _font()})}


@cache
def _font() -> str:
    known = set(typst.Fonts().families())
    found = next((font for font in FONTS if font in known), None)
    if found is None:
        raise FontMissing(package="fonts-noto-cjk")
    return found
