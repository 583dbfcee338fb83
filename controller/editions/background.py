"""Editions that are computed and printed while whoever asked for it does something else.

A city's year takes minutes. A run is a row of ``edition_run`` beside its edition and a thread in
one controller (``controller.exchange.watches``); what comes of it is kept in one transaction.
"""

import json
import logging
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from controller.editions.contents import DRAFT, draft_of
from controller.editions.files import signed_files
from controller.editions.gathering import gather
from controller.editions.months import MONTHS, Months, months_document, read_months
from controller.errors import FleetError
from controller.exchange.running import Acting
from controller.exchange.watches import Cancelled, Step, Watch, Watches
from controller.language import Language
from controller.metrics.store import MetricStore
from controller.month_verdicts import OwnSessions, write_month
from inventory.database import SessionFactory, read_only, unit_of_work
from inventory.days import day_of
from inventory.editions.desk import EditionDesk, Person, label_of
from inventory.editions.documents import document, pack
from inventory.editions.errors import EditionStepRefused
from inventory.editions.repository import EditionRepository
from inventory.editions.runs import ask_to_end_run, begin_run, end_run, note_run
from inventory.editions.signing import SigningDesk
from inventory.errors import InventoryError, NotFound
from inventory.models import EditionKind, EditionRun, EditionState, ReportEdition, RunState
from inventory.models.base import utc_now
from inventory.scope import Scope
from inventory.verdicts.signing import sign_months

logger = logging.getLogger(__name__)
#: Runs at a time; the others wait for their turn.
_AT_ONCE = 1
COLLECT, PRINT = "collect", "print"


class Order(NamedTuple):
    """Who has asked for the work.

    Args:
        person: as whom a step is taken.
        acting: says to a session whose work it is.
        lang: of what is told when it is refused.
    """

    person: Person
    acting: Acting
    lang: Language


class EditionWork:
    """The editions one controller computes and prints.

    Args:
        factory: makes sessions.
        store: gives the metric store, which is open while the controller runs.
        shared: whether other controllers work on the same database.
    """

    def __init__(
        self, factory: SessionFactory, store: Callable[[], MetricStore], *, shared: bool
    ) -> None:
        self._factory = factory
        self._store = store
        self._watches = Watches("edition", _AT_ONCE, shared=shared)

    def compute(self, edition_id: str, order: Order) -> None:
        """Compute an edition whose turn that is; returns soon, and often it is done by then.

        Args:
            edition_id: of an edition that is being computed; the transaction that made it so is
                committed.
            order: who has asked for it.

        Raises:
            NotFound: none where the person has the right.
            EditionStepRefused: somebody computes it already, or it is another step's turn.
        """
        self._begin(edition_id, EditionState.computing, COLLECT, order, self._compute)

    def freeze(self, edition_id: str, order: Order) -> None:
        """Print an edition that is signed, and freeze it; as :meth:`compute`."""
        self._begin(edition_id, EditionState.issued, PRINT, order, self._freeze)

    def cancel(self, edition_id: str) -> None:
        """Have a run end; nothing of it is kept."""
        if not self._watches.end(edition_id) and self._watches.shared:
            with unit_of_work(self._factory) as session:
                ask_to_end_run(session, edition_id)

    def state(self, run: EditionRun) -> RunState:
        """What has become of a run; one whose controller is gone has failed."""
        return self._watches.state(run.edition_id, run.state, run.seen_at)

    def step(self, run: EditionRun) -> Step:
        """How far it is."""
        return self._watches.step(run.edition_id, Step(run.phase, run.done, run.total))

    def close(self) -> None:
        """End what runs; nothing of it is kept."""
        self._watches.close()

    def _begin(
        self,
        edition_id: str,
        turn: EditionState,
        phase: str,
        order: Order,
        work: "_Work",
    ) -> None:
        with unit_of_work(self._factory) as session:
            editions = EditionRepository(session, order.person.scope)
            row, run = editions.to_change(edition_id), editions.run(edition_id)
            if row is None:
                raise NotFound(what="edition", key=edition_id)
            busy = run is not None and self.state(run) is RunState.running
            if row.state is not turn or busy:
                raise EditionStepRefused(key=label_of(row), state=row.state)
            begin_run(session, edition_id, phase, utc_now())
        self._watches.begin(
            edition_id,
            Step(phase, 0, 0),
            lambda step: self._note(edition_id, step),
            lambda watch: self._work(row, order, watch, work),
        )

    def _work(self, row: ReportEdition, order: Order, watch: Watch, work: "_Work") -> None:
        state, fault = RunState.done, ""
        try:
            watch.check()
            work(row, order, watch)
        except Cancelled:
            state = RunState.cancelled
        except (InventoryError, FleetError) as error:
            state = RunState.refused
            fault = order.lang.gettext(error.message).format(**error.arguments)
        except Exception:
            logger.exception("work on the edition %s failed; nothing of it is kept", label_of(row))
            state = RunState.failed
        with unit_of_work(self._factory) as session:
            end_run(session, row.id, state, utc_now(), fault)

    def _compute(self, row: ReportEdition, order: Order, watch: Watch) -> None:
        made = gather(
            self._factory,
            self._store(),
            row,
            utc_now(),
            lambda done, total: watch.told(COLLECT, done, total),
        )
        if row.kind is EditionKind.month:
            # What an appeal has changed is in the edition: the kept month follows it.
            sessions, (verdicts, targets) = OwnSessions(self._factory), made.months
            write_month(sessions, Scope((row.path,)), row.first_day, verdicts, targets)
        with read_only(self._factory) as session:
            draft = pack(draft_of(session, row, made, day_of(utc_now())))
        watch.check()
        with unit_of_work(self._factory) as session:
            EditionDesk(order.acting(session), order.person, utc_now()).computed(
                row.id,
                row.round,
                schools=made.schools,
                states=json.dumps(made.states),
                documents=[draft, pack(months_document(made.months)), *made.documents],
            )

    def _freeze(self, row: ReportEdition, order: Order, watch: Watch) -> None:
        with read_only(self._factory) as session:
            draft, months = document(session, row, DRAFT), document(session, row, MONTHS)
        if draft is None:
            raise NotFound(what="document", key=DRAFT)
        printed = []
        for done, total, made in signed_files(row, draft.content):
            watch.told(PRINT, done, total)
            printed.append(pack(made))
        signed, now = read_months(months) if months else Months([], []), utc_now()
        with unit_of_work(self._factory) as session:
            SigningDesk(order.acting(session), order.person, now).freeze(row.id, printed)
            sign_months(session, row, signed.verdicts, signed.targets, now)

    def _note(self, edition_id: str, step: Step) -> bool:
        with unit_of_work(self._factory) as session:
            return note_run(session, edition_id, step.done, step.total, utc_now())


_Work: TypeAlias = Callable[[ReportEdition, Order, Watch], None]
