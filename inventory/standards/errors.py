"""What standards refuse, with stable codes and words to translate."""

from collections.abc import Sequence

from inventory.errors import N_, Conflict, Invalid


class StandardFaulty(Invalid):
    """A document that is no standard; ``mistakes`` has one line for each."""

    code = "standard_faulty"
    message = N_("The standard has mistakes: {mistakes}")

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(mistakes="; ".join(mistakes))


class StandardChangedInPlace(Conflict):
    """The register keeps another text under this code and version."""

    code = "standard_changed_in_place"
    message = N_(
        "“{key}” is kept with another text under the same version; a changed standard needs a new"
        " version."
    )


class StandardCodeTaken(Conflict):
    """A standard of one's own under a name that is taken."""

    code = "standard_code_taken"
    message = N_("There is a standard “{key}” already; choose another code.")


class NotYourStandard(Conflict):
    """A standard that came with the software is copied, not edited."""

    code = "not_your_standard"
    message = N_("“{key}” comes with the software: copy it and edit the copy.")


class BindingRepeated(Conflict):
    """The same standard for the same schools in the same time."""

    code = "binding_repeated"
    message = N_("“{key}” holds there in that time already.")


class OwnRequest(Conflict):
    """Whoever asks for an exclusion does not approve it."""

    code = "own_request"
    message = N_("“{key}” has asked for this: somebody else approves it.")


class RequestSettled(Conflict):
    """It was approved, declined or taken back already."""

    code = "request_settled"
    message = N_("This was approved, declined or taken back already.")


class AnswerUnfit(Invalid):
    """An answer its question does not take."""

    code = "answer_unfit"
    message = N_("{field} is answered with {expected}, not with “{answer}”.")
