"""What the flow of an edition refuses.

* ``EditionStepRefused``, ``FeedbackLasts``, ``FeedbackOver``, ``AppealsOpen``,
  ``RecomputationNeeded``, ``EditionUnderWay``, ``AppealWaits``, ``PeriodLasts``: not now.
* ``SameHands``: not this person.
* ``ReasonNeeded``, ``NumberUsed``, ``ScanUnfit``: not this.
"""

from inventory.errors import N_, Conflict, Invalid, OutOfScope


class EditionStepRefused(Conflict):
    """Steps follow each other; none is left out."""

    code = "edition_step_refused"
    message = N_("“{key}” is {state}; this step does not follow.")


class FeedbackLasts(Conflict):
    """Schools have until the end of the last day to appeal."""

    code = "feedback_lasts"
    message = N_("Schools may appeal until the end of {day}; the review begins after that.")


class FeedbackOver(Conflict):
    """The last day of feedback is over."""

    code = "feedback_over"
    message = N_("Appeals were possible until the end of {day}.")


class AppealsOpen(Conflict):
    """Nothing is issued while a school waits for an answer."""

    code = "appeals_open"
    message = N_("{count} appeals wait for an answer; nothing is issued before.")


class RecomputationNeeded(Conflict):
    """An appeal that was upheld has to show in the figures."""

    code = "recomputation_needed"
    message = N_("{count} appeals were upheld since the figures were computed; compute them anew.")


class EditionUnderWay(Conflict):
    """One edition of a place and a period at a time."""

    code = "edition_under_way"
    message = N_("Edition {number} of “{key}” is under way; finish or withdraw it first.")


class AppealWaits(Conflict):
    """One appeal of a school at a time."""

    code = "appeal_waits"
    message = N_("“{key}” has appealed already and waits for the answer.")


class PeriodLasts(Conflict):
    """A report is on a period that is over."""

    code = "period_lasts"
    message = N_("The period ends on {day}; a report on it can be opened after that.")


class SameHands(OutOfScope):
    """Four eyes: who has reviewed or answered does not sign; who has appealed does not answer."""

    code = "same_hands"
    message = N_("“{key}” is signed by somebody who has neither reviewed it nor answered appeals.")


class OwnAppeal(OutOfScope):
    """Nobody answers their own appeal."""

    code = "own_appeal"
    message = N_("Somebody else answers your appeal.")


class ReasonNeeded(Invalid):
    """A correction says what it corrects."""

    code = "correction_reason_needed"
    message = N_("“{key}” has a frozen edition: say why it is corrected.")


class NumberUsed(Conflict):
    """A document number is of one document."""

    code = "document_number_used"
    message = N_("The document number “{key}” is that of another edition.")


class ScanUnfit(Invalid):
    """A scan of another type, empty, too large, or one too many."""

    code = "scan_unfit"
    message = N_("“{name}” is not kept: PDF, JPEG or PNG, at most {megabytes} MB, {most} scans.")


class DocumentTooLarge(Invalid):
    """A part of an edition grew beyond what one is kept."""

    code = "edition_document_too_large"
    message = N_("“{name}” has {megabytes} MB: open an edition for each county instead.")
