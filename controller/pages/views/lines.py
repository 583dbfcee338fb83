"""Internet lines as the register tells them."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.words.terms import MEDIA
from inventory.models import Line, School


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line as the register has it: labels (message ids) and values."""

    facts: Sequence[tuple[str, str]]


def line_facts(look: Look, line: Line, school: School) -> LineFacts:
    translate, lang = look.lang.gettext, look.lang
    dates = " – ".join(lang.day(on) if on else "…" for on in (line.starts_on, line.ends_on))
    facts = [
        (N_("Provider"), line.provider),
        (N_("Circuit"), line.circuit),
        (N_("Medium"), translate(MEDIA[line.medium])),
        (N_("Contracted download / upload"), contracted(line)),
        (N_("Contract runs"), dates if line.starts_on or line.ends_on else ""),
        (N_("Hotline"), line.hotline),
    ]
    if look.caller.may(Permission.read_costs, school.path) and line.yearly_fee_cny is not None:
        facts.append((N_("Yearly fee"), f"¥ {lang.number(float(line.yearly_fee_cny), 2)}"))
    return LineFacts(facts)


def contracted(line: Line) -> str:
    """The contract's rates, such as ``100 / 50 Mbit/s``: download, then upload."""
    return f"{_plain(line.down_mbps)} / {_plain(line.up_mbps)} Mbit/s"


def _plain(value: object) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
