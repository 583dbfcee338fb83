"""The templates of the console, compiled once for each language.

A page of a list has some hundred words that are the same on every page: headings, labels of cells.
They become text of the template when it is compiled, and cost nothing when it is filled in.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from controller.language import DEFAULT_LANGUAGE, Language, language
from controller.pages.views.states import status_tone, status_word
from controller.words.terms import word
from inventory.money.table import Cell

CONSOLE = Path(__file__).parents[1]
STATIC = CONSOLE / "static"
_RATE_UNITS = ("bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s")
_THOUSAND = 1000
#: Messages that are kept translated; there are fewer, unless something else is given to ``_``.
_KEPT = 4_096


def rate(value: float | Decimal) -> str:
    """Bits per second with the unit a person would choose: ``94.2 Mbit/s``."""
    rest = float(value)
    for unit in _RATE_UNITS[:-1]:
        if abs(rest) < _THOUSAND:
            return f"{_three_digits(rest)} {unit}"
        rest /= _THOUSAND
    return f"{_three_digits(rest)} {_RATE_UNITS[-1]}"


def _three_digits(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2  # noqa: PLR2004
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def yuan(value: Decimal) -> str:
    """An amount with its fen and thousands, as both languages write it."""
    return f"{value:,.2f}"


def planned(cell: Cell) -> str:
    """What is planned: an amount, a range, or nothing at all."""
    if not cell.is_planned:
        return "—"
    lowest = yuan(cell.from_cny)
    return lowest if cell.from_cny == cell.to_cny else f"{lowest} – {yuan(cell.to_cny)}"


def iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


@cache
def _manifest() -> Mapping[str, str]:
    """Names of third-party files to the names they have with their hash."""
    path = STATIC / "vendor/manifest.json"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run `python tools/build_assets.py`")
    found: dict[str, str] = json.loads(path.read_text())
    return found


def asset(name: str) -> str:
    """Address of a third-party file."""
    return f"/static/vendor/{_manifest()[name]}"


@cache
def own(name: str) -> str:
    """Address of a file of ours; changes with its contents, so that browsers may keep it."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?{digest}"


class _Words(NodeTransformer):
    """Puts the translation where a template says ``_("words")``."""

    def __init__(self, translate: Callable[[str], str]) -> None:
        self._translate = translate

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  (the name Jinja calls)
        """One call of a template, or the words it stands for."""
        called = node.node
        if isinstance(called, nodes.Name) and called.name == "_" and len(node.args) == 1:
            [message] = node.args
            if isinstance(message, nodes.Const) and not node.kwargs:
                return nodes.TemplateData(str(self._translate(message.value)), lineno=node.lineno)
        return self.generic_visit(node)


class _Generator(CodeGenerator):
    """Compiles a template in the words of its environment."""

    environment: "_Spoken"

    def visit_Template(  # noqa: N802  (the name Jinja calls)
        self, node: nodes.Template, frame: Frame | None = None
    ) -> None:
        """All of a template."""
        self.environment.words.visit(node)
        super().visit_Template(node, frame)


class _Spoken(Environment):
    """Templates of one language."""

    code_generator_class = _Generator

    def __init__(self, lang: Language, **options: Any) -> None:
        super().__init__(**options)
        translate = _gettext(lang)
        self.words = _Words(translate)
        self.globals.update(_=translate, ngettext=_ngettext(lang))


def _gettext(lang: Language) -> Callable[..., Markup]:
    """``_`` of templates: a message is markup, and always a format (``%%`` is a per cent sign)."""

    @lru_cache(maxsize=_KEPT)
    def alone(message: str) -> Markup:
        return Markup(lang.gettext(message)) % {}  # noqa: S704  (catalogues are our own)

    def gettext(message: str, **variables: Any) -> Markup:
        if not variables:
            return alone(message)
        return Markup(lang.gettext(message)) % variables  # noqa: S704

    return gettext


def _ngettext(lang: Language) -> Callable[..., Markup]:
    def ngettext(singular: str, plural: str, number: int, **variables: Any) -> Markup:
        words = Markup(lang.ngettext(singular, plural, number))  # noqa: S704
        return words % {"num": number, **variables}

    return ngettext


@cache
def environment(code: str = DEFAULT_LANGUAGE) -> Environment:
    """The one Jinja environment of a language: escaping on, an undefined name is an error."""
    made = _Spoken(
        language(code),
        loader=FileSystemLoader(CONSOLE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        # A template belongs to the code it came with: an upgrade beside a running one changes both.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(rate=rate, iso=iso, yuan=yuan, planned=planned)
    made.globals.update(
        asset=asset, own=own, word=word, status_word=status_word, status_tone=status_tone
    )
    return made


@cache
def templates() -> frozenset[str]:
    """Names of all templates."""
    return frozenset(environment().list_templates())
