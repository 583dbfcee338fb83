"""What can go wrong at the edge, each with an HTTP status and a stable code.

* ``FleetError``
    * ``InvalidRequest`` 422, ``Malformed`` 400, ``TooLarge`` and ``TooManyReadings`` 413,
      ``UnsupportedMedia`` 415
    * ``NotAuthenticated`` 401, ``WrongLogin`` 401, ``InvalidToken`` 401, ``NonceNeeded`` 401,
      ``EnrolmentRefused`` 401
    * ``AgentRevoked`` 403, ``PermissionDenied`` 403, ``CrossOrigin`` 403
    * ``InventoryRefused``: whatever ``inventory.errors`` says
    * ``RevisionPassed`` 412: with what both wrote
    * ``NotFound`` 404, ``Conflict`` 409, ``AlreadyStored`` 409
    * ``RejectedBatch`` 422: quarantined; its code says why
    * ``TooManyRequests`` 429, ``Unavailable`` 503

One handler renders them all as problem+json (RFC 9457) with the member ``code``; a browser that
asks for a page gets the console's error page instead.
"""

from dataclasses import dataclass, field
from typing import Any

from controller.language import N_
from inventory.errors import InventoryError


@dataclass(frozen=True, slots=True)
class Problem:
    """What is told about an error, in the reader's language (RFC 9457 section 3.1)."""

    status: int
    code: str
    title: str
    detail: str
    headers: dict[str, str] = field(default_factory=dict)
    #: Members beside those of the standard.
    members: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Members of the problem+json object."""
        return {
            **self.members,
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }


class FleetError(Exception):
    """Base of everything the edge answers with; never raised itself.

    Args:
        arguments: values for the placeholders of ``message``.
    """

    status: int = 500
    code: str = "internal_error"
    title: str = N_("Something went wrong")
    message: str = N_("The server met an error; it has been written to its log.")

    def __init__(self, **arguments: object) -> None:
        super().__init__(self.message.format(**arguments))
        self.arguments = arguments
        self.headers: dict[str, str] = {}
        self.members: dict[str, Any] = {}


class InvalidRequest(FleetError):
    """A parameter or a body that does not fit."""

    status = 422
    code = "invalid_request"
    title = N_("The request does not fit")
    message = "{reason}"


class Malformed(FleetError):
    """The body cannot be read at all."""

    status = 400
    code = "malformed_request"
    title = N_("The request cannot be read")
    message = "{reason}"


class TooLarge(FleetError):
    """More bytes than this address takes."""

    status = 413
    code = "too_large"
    title = N_("Too large")
    message = N_("The body is larger than {limit} bytes.")


class UnsupportedMedia(FleetError):
    """A content type this address does not read."""

    status = 415
    code = "unsupported_media_type"
    title = N_("Unknown content type")
    message = N_("This address takes {expected}.")


class NotAuthenticated(FleetError):
    """Nobody is logged in."""

    status = 401
    code = "not_authenticated"
    title = N_("Please log in")
    message = N_("Log in, or send a bearer token.")

    def __init__(self, **arguments: object) -> None:
        super().__init__(**arguments)
        self.headers["WWW-Authenticate"] = "Bearer"


class WrongLogin(FleetError):
    """Unknown user, wrong password, disabled: deliberately not told apart."""

    status = 401
    code = "wrong_login"
    title = N_("Log-in failed")
    message = N_("User name or password is wrong.")


class InvalidToken(NotAuthenticated):
    """A bearer token or an agent's secret nobody has, or that has expired."""

    code = "invalid_token"
    title = N_("Unknown token")
    message = N_("The bearer token is unknown or has expired.")


class NonceNeeded(FleetError):
    """A proof with a nonce we did not give out, or too long ago; the answer carries a new one."""

    status = 401
    code = "nonce_needed"
    title = N_("Unknown token")
    message = N_("Sign again, with the nonce of this answer.")

    def __init__(self, **arguments: object) -> None:
        super().__init__(**arguments)
        self.headers["WWW-Authenticate"] = 'Bearer error="nonce_needed"'


class EnrolmentRefused(FleetError):
    """Unknown, used and expired enrolment tokens are deliberately not told apart."""

    status = 401
    code = "enrolment_token_invalid"
    title = N_("Enrolment refused")
    message = N_("The enrolment token is unknown, used or expired. Ask for a new one.")


class AgentRevoked(FleetError):
    """The agent was shut out."""

    status = 403
    code = "agent_revoked"
    title = N_("Agent revoked")
    message = N_("This agent may no longer write. Enrol it again with a new token.")


class PermissionDenied(FleetError):
    """The caller's roles do not include it anywhere."""

    status = 403
    code = "permission_denied"
    title = N_("Not allowed")
    message = N_("Your roles do not allow this.")


class CrossOrigin(FleetError):
    """A browser sent an unsafe request from another site."""

    status = 403
    code = "cross_origin"
    title = N_("Refused")
    message = N_("The request came from another site.")


class InventoryRefused(FleetError):
    """What the inventory raised, with its own status, code and words."""

    title = N_("Refused")

    def __init__(self, error: InventoryError) -> None:
        super().__init__()
        self.status = error.status
        self.code = error.code
        self.message = error.message
        self.arguments = error.arguments


class NotFound(FleetError):
    """There is no such thing, or it is outside the caller's scope: not told apart."""

    status = 404
    code = "not_found"
    title = N_("Not found")
    message = N_("There is nothing here, or you may not see it.")


class MethodNotAllowed(FleetError):
    """The address exists, the verb does not."""

    status = 405
    code = "method_not_allowed"
    title = N_("Method not allowed")
    message = N_("This address does not take that method.")


class Conflict(FleetError):
    """The state does not allow it."""

    status = 409
    code = "conflict"
    title = N_("Not in this state")
    message = "{reason}"


class RevisionPassed(FleetError):
    """Somebody else has changed the row since the caller read it (RFC 9110, section 15.5.13).

    Args:
        etag: that of the row as it is now, in its quotes.
        fields: of each field both speak of: ``field``, ``yours``, ``theirs``.
    """

    status = 412
    code = "revision_passed"
    title = N_("Changed meanwhile")
    message = N_("Somebody else has changed this since you opened it. Compare both versions.")

    def __init__(self, etag: str, fields: list[dict[str, Any]]) -> None:
        super().__init__()
        self.headers["ETag"] = etag
        self.members.update(etag=etag, fields=fields)
        if etag.strip('"').isdigit():
            self.members["revision"] = int(etag.strip('"'))


class AlreadyStored(FleetError):
    """The ledger holds this batch; the agent may delete it."""

    status = 409
    code = "batch_already_stored"
    title = N_("Already stored")
    message = N_("Batch {sequence} of epoch {epoch} is stored already.")


class RejectedBatch(FleetError):
    """A batch that will never fit: quarantined, and the agent drops it.

    Args:
        code: stable code of what is wrong.
        detail: the same for people.
    """

    status = 422
    code = "batch_rejected"
    title = N_("Batch rejected")
    message = "{detail}"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail=detail)
        self.code = code
        self.detail = detail


class TooManyReadings(FleetError):
    """A batch the agent is to split and send again."""

    status = 413
    code = "too_many_readings"
    title = N_("Too large")
    message = N_("A batch holds at most {limit} readings: split it.")


class TooManyRequests(FleetError):
    """Come again later; ``Retry-After`` says when.

    Args:
        after: seconds until the next try makes sense.
    """

    status = 429
    code = "too_many_requests"
    title = N_("Too many requests")
    message = N_("Too much at once. Try again in {after} s.")

    def __init__(self, after: int) -> None:
        super().__init__(after=after)
        self.headers["Retry-After"] = str(after)


class Unavailable(FleetError):
    """A store does not answer; nothing was stored.

    Args:
        after: seconds until the next try makes sense.
    """

    status = 503
    code = "unavailable"
    title = N_("Not available")
    message = N_("The server cannot do this now. Try again in {after} s.")

    def __init__(self, after: int) -> None:
        super().__init__(after=after)
        self.headers["Retry-After"] = str(after)
