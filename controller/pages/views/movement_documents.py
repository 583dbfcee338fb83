"""One transfer, one disposal: its devices, whose turn it is, what has been done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from controller.errors import NotFound
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import Option
from controller.pages.views.movements import names_of
from controller.pages.views.names import people_names
from controller.pages.views.procurement import Action, Entry, LogLine, may, time_line
from controller.procuring import procurement_scope
from controller.words.procurement import WIPE_METHODS, tone
from controller.words.terms import KINDS, LIFECYCLES, word
from inventory.models import (
    Device,
    DeviceTransfer,
    Disposal,
    DisposalItem,
    DisposalState,
    Lifecycle,
    Right,
    School,
    Subject,
    TransferState,
    WipeMethod,
)
from inventory.procurement.movement_rows import DisposalRepository, TransferRepository

_COMMENT = Entry("comment", N_("Comment"), "textarea", required=False)
_REASON = Entry("comment", N_("Reason"), "textarea")
_WAITS = {
    DisposalState.proposed: N_("Somebody who receives goods appraises the devices."),
    DisposalState.appraised: N_("Somebody who approves requests decides."),
    DisposalState.approved: N_("Somebody who receives goods wipes the data of every device."),
    DisposalState.wiped: N_("Somebody who receives goods lets the devices go."),
    DisposalState.done: "",
    DisposalState.rejected: "",
}


@dataclass(frozen=True, slots=True)
class MovedDevice:
    """One device; ``href`` is empty for who does not see it where it stands now.

    Args:
        wiped: how its data went, in the reader's words.
        residual: what it still brought in, CNY.
    """

    id: str
    name: str
    href: str
    asset_number: str
    serial: str
    kind: str
    state: str
    wiped: str = ""
    residual: str = ""


@dataclass(frozen=True, slots=True)
class DeviceForm:
    """A step that says something of every device, in one field each.

    Args:
        said: what was typed, by device, where it did not fit.
    """

    action: Action
    label: str
    options: Sequence[Option] = ()
    said: Mapping[str, str] = field(default_factory=dict)

    def holding(self, said: Mapping[str, str]) -> "DeviceForm":
        """The same with what was typed."""
        fields = [entry.holding(said) for entry in self.action.fields]
        return replace(self, said=said, action=replace(self.action, fields=fields))


@dataclass(frozen=True, slots=True)
class MovementDocument:
    """One transfer or disposal.

    Args:
        waits: whose turn it is, in the reader's words; empty when it has ended.
        has_ends: whether devices have been given up, so that the table says how.
        fault: why the last step was refused, in the reader's words.
    """

    tab: str
    number: str
    state: str
    tone: str
    waits: str
    facts: Sequence[tuple[str, str]]
    devices: Sequence[MovedDevice]
    actions: Sequence[Action]
    log: Sequence[LogLine]
    each: DeviceForm | None = None
    has_ends: bool = False
    fault: str = ""

    def refused(
        self, fault: str, href: str, said: Mapping[str, str] = MappingProxyType({})
    ) -> "MovementDocument":
        """The same once more: why a step was refused, and what was typed into its form."""
        actions = [
            replace(one, fields=[entry.holding(said) for entry in one.fields], open=True)
            if one.href == href
            else one
            for one in self.actions
        ]
        each = self.each and self.each.holding(said)
        return replace(self, fault=fault, actions=actions, each=each)


def transfer_document(look: Look, key: str) -> MovementDocument:
    """One transfer.

    Raises:
        NotFound: none within this person's scope.
    """
    transfers = TransferRepository(look.session, procurement_scope(look.caller))
    row = transfers.get(key)
    if row is None:
        raise NotFound
    names = names_of(look, [row.from_school_code, row.to_school_code])
    people = people_names(look, [row.created_by, row.given_by, row.taken_by])
    return MovementDocument(
        tab="transfers",
        number=row.number,
        state=word(row.state),
        tone=tone(row.state),
        waits=_transfer_waits(look, row),
        facts=[
            (N_("From school"), names(row.from_school_code)),
            (N_("To school"), names(row.to_school_code)),
            (N_("Reason"), row.reason),
            (N_("Put forward by"), people.get(row.created_by, "—")),
            (N_("Agreed, giving school"), people.get(row.given_by or "", "—")),
            (N_("Agreed, receiving school"), people.get(row.taken_by or "", "—")),
        ],
        devices=[_device(look, one) for one in transfers.devices(key)],
        actions=_transfer_actions(look, row),
        log=time_line(look, Subject.transfer, key),
    )


def disposal_document(look: Look, key: str) -> MovementDocument:
    """One disposal.

    Raises:
        NotFound: none within this person's scope.
    """
    disposals = DisposalRepository(look.session, procurement_scope(look.caller))
    row = disposals.get(key)
    if row is None:
        raise NotFound
    items = disposals.items(key)
    people = people_names(look, [row.created_by])
    waits = _WAITS[row.state]
    brought = [one.residual_value_cny for one, _ in items if one.residual_value_cny is not None]
    return MovementDocument(
        tab="disposals",
        number=row.number,
        state=word(row.state),
        tone=tone(row.state),
        waits=look.lang.gettext(waits) if waits else "",
        facts=[
            (N_("School"), names_of(look, [row.school_code])(row.school_code)),
            (N_("Reason"), row.reason),
            (N_("Put forward by"), people.get(row.created_by, "—")),
            (N_("Technical appraisal"), row.appraisal or "—"),
            *([(N_("Residual value, CNY"), f"{sum(brought):,.2f}")] if brought else []),
        ],
        devices=[_device(look, device, item) for item, device in items],
        actions=_disposal_actions(look, row),
        log=time_line(look, Subject.disposal, key),
        each=_for_each(look, row),
        has_ends=any(item.wipe_method for item, _ in items),
    )


def _device(look: Look, device: Device, item: DisposalItem | None = None) -> MovedDevice:
    translate = look.lang.gettext
    seen = look.scope.covers(look.session.get_one(School, device.school_code).path)
    wiped = item.wipe_method if item else None
    residual = item.residual_value_cny if item else None
    return MovedDevice(
        device.id,
        device.name,
        f"/devices/{device.id}" if seen else "",
        device.asset_number or "—",
        device.serial or "—",
        translate(KINDS[device.kind]),
        translate(LIFECYCLES[device.lifecycle]),
        translate(WIPE_METHODS[wiped]) if wiped else "—",
        "—" if residual is None else f"{residual:,.2f}",
    )


def _transfer_waits(look: Look, row: DeviceTransfer) -> str:
    names = names_of(look, [row.from_school_code, row.to_school_code])
    translate = look.lang.gettext
    if row.state is TransferState.proposed:
        waiting = row.from_school_code if row.given_by is None else row.to_school_code
        return translate(N_("%(school)s has to agree.")) % {"school": names(waiting)}
    if row.state is TransferState.agreed:
        return translate(
            N_("Somebody who receives goods takes the devices over at %(school)s.")
        ) % {"school": names(row.to_school_code)}
    return ""


def _transfer_actions(look: Look, row: DeviceTransfer) -> Sequence[Action]:
    here = f"/procurement/transfers/{row.id}"
    path = {
        code: look.session.get_one(School, code).path
        for code in (row.from_school_code, row.to_school_code)
    }
    if row.state is TransferState.agreed and may(look, Right.receive, path[row.to_school_code]):
        return (Action(f"{here}/complete", N_("Take the devices over"), (_COMMENT,), main=True),)
    waiting = row.from_school_code if row.given_by is None else row.to_school_code
    if (
        row.state is TransferState.proposed
        and look.caller.id not in (row.given_by, row.taken_by)
        and may(look, Right.request, path[waiting])
    ):
        return (
            Action(f"{here}/consent", N_("Agree to it"), (_COMMENT,), main=True),
            Action(f"{here}/refuse", N_("Refuse"), (_REASON,)),
        )
    return ()


def _disposal_actions(look: Look, row: Disposal) -> Sequence[Action]:
    here = f"/procurement/disposals/{row.id}"
    path = look.session.get_one(School, row.school_code).path
    found: list[Action] = []
    if row.created_by == look.caller.id:
        return found
    if row.state is DisposalState.proposed and may(look, Right.receive, path):
        fields = (Entry("appraisal", N_("Technical appraisal"), "textarea"),)
        found.append(Action(f"{here}/appraise", N_("Appraise"), fields, main=True))
    if may(look, Right.approve, path):
        if row.state is DisposalState.appraised:
            found.append(Action(f"{here}/approve", N_("Approve"), (_COMMENT,), main=True))
        if row.state in (DisposalState.proposed, DisposalState.appraised):
            found.append(Action(f"{here}/reject", N_("Turn down"), (_REASON,)))
    return found


def _for_each(look: Look, row: Disposal) -> DeviceForm | None:
    here = f"/procurement/disposals/{row.id}"
    path = look.session.get_one(School, row.school_code).path
    if not may(look, Right.receive, path):
        return None
    if row.state is DisposalState.approved:
        items = DisposalRepository(look.session, procurement_scope(look.caller)).items(row.id)
        lost = [device.id for _, device in items if device.lifecycle is Lifecycle.lost]
        # The words of the step tell what was done about lost ones.
        told = (Entry("comment", N_("What was done about lost devices"), "textarea"),)
        return DeviceForm(
            Action(
                f"{here}/wipe",
                N_("Confirm that the data are gone"),
                told if lost else (),
                main=True,
            ),
            N_("How the data went"),
            [
                Option(one.value, look.lang.gettext(WIPE_METHODS[one]))
                for one in WipeMethod
                if lost or one is not WipeMethod.lost
            ],
            dict.fromkeys(lost, WipeMethod.lost.value),
        )
    if row.state is DisposalState.wiped:
        return DeviceForm(
            Action(f"{here}/complete", N_("Let the devices go"), main=True),
            N_("Residual value, CNY"),
        )
    return None
