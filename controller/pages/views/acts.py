"""What can be done with several devices at once, and by whom."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import Option

#: So many devices are changed by one step.
MOST_AT_ONCE = 500


class Act(StrEnum):
    """What can be done with several devices."""

    service = "service"
    room = "room"
    custodian = "custodian"
    transfer = "transfer"
    disposal = "disposal"
    labels = "labels"
    export = "export"


WORDS: Mapping[Act, str] = {
    Act.service: N_("Take into service"),
    Act.room: N_("Move to a room"),
    Act.custodian: N_("Set the custodian"),
    Act.transfer: N_("Propose a transfer"),
    Act.disposal: N_("Propose a disposal"),
    Act.labels: N_("Print labels"),
    Act.export: N_("Export as a file"),
}
#: Whoever may do one of these does it.
NEEDS: Mapping[Act, tuple[Permission, ...]] = {
    Act.service: (Permission.receive_goods, Permission.edit_assets),
    Act.room: (Permission.edit_assets,),
    Act.custodian: (Permission.edit_assets,),
    Act.transfer: (Permission.request_equipment,),
    Act.disposal: (Permission.request_equipment,),
    Act.labels: (Permission.read,),
    Act.export: (Permission.read,),
}


def acts_of(look: Look) -> Sequence[Option]:
    """What this person may do with several devices."""
    return [
        Option(act.value, look.lang.gettext(text))
        for act, text in WORDS.items()
        if any(map(look.caller.may, NEEDS[act]))
    ]
