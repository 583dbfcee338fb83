"""In which language ``fleet`` speaks: as light as gettext alone, so that ``--help`` is quick.

``FLEET_LANG`` decides, then the terminal's ``LC_ALL``, ``LC_MESSAGES``, ``LANG``; a terminal that
asks for nothing (or for ``C``) gets ``zh_CN``, the first language. Message ids are English.
"""

import gettext as stdlib_gettext
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parent.parent / "locale"
DEFAULT_LANGUAGE = "zh_CN"
_VARIABLES = ("FLEET_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def language_of(environment: Mapping[str, str]) -> str:
    """``zh_CN`` or ``en``; any other language a terminal asks for reads English."""
    for variable in _VARIABLES:
        value = environment.get(variable, "").split(".")[0].replace("-", "_")
        if value in ("", "C", "POSIX"):
            continue
        return "zh_CN" if value.lower().startswith("zh") else "en"
    return DEFAULT_LANGUAGE


@cache
def messages(code: str) -> stdlib_gettext.NullTranslations:
    """The catalogue of a language; English needs none."""
    return stdlib_gettext.translation("messages", LOCALES, [code], fallback=True)


def gettext(message: str) -> str:
    """The message in the terminal's language."""
    return messages(language_of(os.environ)).gettext(message)
