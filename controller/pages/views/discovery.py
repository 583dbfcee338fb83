"""The form that says where devices of a school are looked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from controller.auth.permissions import Permission
from controller.errors import NotFound
from controller.pages.look import Look
from controller.pages.views.choices import Option
from controller.pages.views.names import school_name
from controller.words.terms import KINDS
from drivers.readings import Kind
from inventory.discovery import DiscoveryWish, RangeWish, get_discovery
from inventory.models import School
from inventory.repositories import CredentialRepository, SchoolRepository

_HOUR = 3_600.0


class DiscoveryForm(BaseModel):
    """What the form sends; lists are texts with one entry a line."""

    model_config = ConfigDict(extra="ignore")

    enabled: bool = False
    ranges: str = Field(default="", max_length=8_000)
    hosts: str = Field(default="", max_length=8_000)
    excluded: str = Field(default="", max_length=8_000)
    seeds: str = Field(default="", max_length=8_000)
    hours: float = Field(default=24.0, gt=0, le=720)
    packets_per_second: float = Field(default=150.0, ge=1, le=2_000)
    crawl: bool = False
    kind: list[Kind] = Field(default=[], max_length=len(Kind))


@dataclass(frozen=True, slots=True)
class DiscoveryView:
    """The form, filled in.

    Args:
        credentials: how many SNMP credentials would be tried.
    """

    school: School
    school_name: str
    wish: DiscoveryWish
    ranges: str
    hosts: str
    excluded: str
    seeds: str
    hours: float
    kinds: Sequence[Option]
    credentials: int


def discovery_view(look: Look, code: str) -> DiscoveryView:
    """What the form shows.

    Raises:
        NotFound: no such school within the scope.
    """
    scope = look.caller.require(Permission.manage_access)
    school = SchoolRepository(look.session, scope).get(code)
    if school is None:
        raise NotFound
    wish = get_discovery(look.session, scope, code) or DiscoveryWish()
    chosen = [one for one in wish.ranges if not one.excluded]
    return DiscoveryView(
        school=school,
        school_name=school_name(look, school),
        wish=wish,
        ranges="\n".join(one.network for one in chosen if not one.hosts),
        hosts="\n".join(one.network for one in chosen if one.hosts),
        excluded="\n".join(one.network for one in wish.ranges if one.excluded),
        seeds="\n".join(wish.seeds),
        hours=wish.every_seconds / _HOUR,
        kinds=[
            Option(kind, look.lang.gettext(word), kind in wish.accept_kinds)
            for kind, word in KINDS.items()
        ],
        credentials=len(CredentialRepository(look.session, scope).at_school(code)),
    )


def wish_of(form: DiscoveryForm) -> DiscoveryWish:
    """What somebody filled in."""
    return DiscoveryWish(
        enabled=form.enabled,
        every_seconds=form.hours * _HOUR,
        packets_per_second=form.packets_per_second,
        crawl=form.crawl,
        ranges=[
            *(RangeWish(line) for line in _lines(form.ranges)),
            *(RangeWish(line, hosts=True) for line in _lines(form.hosts)),
            *(RangeWish(line, excluded=True) for line in _lines(form.excluded)),
        ],
        seeds=_lines(form.seeds),
        accept_kinds=form.kind,
    )


def _lines(text: str) -> list[str]:
    return [word for word in text.replace(",", "\n").split() if word]
