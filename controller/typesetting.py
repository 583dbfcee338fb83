"""PDF by typst: data goes in as JSON and is never markup.

The fonts that are used are embedded, with only the characters that occur.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst

from controller.errors import FleetError
from controller.language import N_

#: The first one there is is used.
FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "Microsoft YaHei")


class FontMissing(FleetError):
    """No font with Chinese characters is installed."""

    status = 503
    code = "font_missing"
    title = N_("Not available")
    message = N_("No Chinese font is installed on the server: install {package}.")


def typeset(template: Path, data: Mapping[str, Any]) -> bytes:
    """A template with its data as PDF; the template finds them, and ``font``, as JSON.

    Raises:
        FontMissing: Chinese cannot be written.
    """
    told = json.dumps({**data, "font": _font()})
    made = typst.compile(template.read_bytes(), sys_inputs={"data": told})
    if not isinstance(made, bytes):
        raise TypeError(type(made).__name__)
    return made


@cache
def _font() -> str:
    known = set(typst.Fonts().families())
    found = next((font for font in FONTS if font in known), None)
    if found is None:
        raise FontMissing(package="fonts-noto-cjk")
    return found
