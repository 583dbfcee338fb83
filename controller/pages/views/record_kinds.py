"""The kinds of rows a school has that are kept with a plain form."""

from collections.abc import Mapping

from controller.pages.views.ledger_kinds import LEDGER_KINDS
from controller.pages.views.place_kinds import PLACE_KINDS
from controller.pages.views.record_kind import RecordKind

RECORD_KINDS: Mapping[str, RecordKind] = {**PLACE_KINDS, **LEDGER_KINDS}
