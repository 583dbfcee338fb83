"""Bureaus a reader may know of: those within the scope, and those above it, whose rules hold."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from controller.pages.look import Look
from controller.pages.views.names import bureau_name
from inventory.repositories import OrganisationRepository
from inventory.scope import Scope


class KnownBureau(NamedTuple):
    """A bureau's name in the reader's language, and its path."""

    name: str
    path: str


def bureaus_known(look: Look) -> Mapping[str, KnownBureau]:
    """By code; the names of those above are told, since what they decide holds below them."""
    found = list(OrganisationRepository(look.session, look.scope).all())
    codes = {one.code for one in found}
    above = {code for prefix in look.scope.prefixes for code in prefix.strip("/").split("/")}
    everywhere = OrganisationRepository(look.session, Scope.everything())
    found += [one for code in sorted(above - codes) if (one := everywhere.get(code)) is not None]
    return {one.code: KnownBureau(bureau_name(look, one), one.path) for one in found}


def bureau_options(look: Look, scope: Scope) -> Sequence[tuple[str, str]]:
    """Bureaus within a scope to choose from: code and name."""
    found = OrganisationRepository(look.session, scope).all()
    return [(one.code, bureau_name(look, one)) for one in found]
