"""What a frozen edition's hash is of: a document that names every part with its SHA-256.

The hash of an edition is that of its manifest's bytes. It therefore holds the content, the
evidence, the printed files, the steps that led to it, the appeals with their answers, and the hash
of the edition it supersedes: none of them changes without it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from inventory.editions.documents import DocumentNote
from inventory.models import EditionAppeal, EditionStep, ReportEdition

FORMAT = "campus-fleet/report-edition/1"
#: Its name among the files of an edition.
NAME = "manifest.json"
COMMAND = "fleet report edition --verify FILE"


class Difference(NamedTuple):
    """Something an edition says that is not so: where, what it says, what is found."""

    where: str
    said: str
    found: str


def manifest(
    edition: ReportEdition,
    *,
    before: ReportEdition | None,
    steps: Sequence[EditionStep],
    appeals: Sequence[tuple[EditionAppeal, Sequence[tuple[str, str]]]],
    documents: Iterable[DocumentNote],
) -> str:
    """The manifest of an edition that is signed, always the same text for the same edition.

    Args:
        edition: signed.
        before: the frozen edition it supersedes.
        steps: that led to it.
        appeals: each with name and SHA-256 of the files that were handed in with it.
        documents: its parts.
    """
    made: dict[str, Any] = {
        "format": FORMAT,
        "id": edition.id,
        "place": edition.school_code or edition.organisation_code,
        "path": edition.path,
        "kind": edition.kind.value,
        "period": [edition.first_day.isoformat(), edition.last_day.isoformat()],
        "edition": edition.number,
        "round": edition.round,
        "document_number": edition.document_number,
        "issuer": edition.issuer,
        "signer": edition.signer,
        "issued_on": None if edition.issued_on is None else edition.issued_on.isoformat(),
        "schools": edition.schools,
        "states": json.loads(edition.states),
        "verify": COMMAND,
        "supersedes": None
        if before is None
        else {
            "id": before.id,
            "edition": before.number,
            "document_number": before.document_number,
            "sha256": before.sha256,
            "reason": edition.reason,
        },
        "steps": [_step(one) for one in steps],
        "appeals": [_appeal(one, files) for one, files in appeals],
        "documents": [one._asdict() for one in sorted(documents)],
    }
    return json.dumps(made, ensure_ascii=False, sort_keys=True, indent=1)


def sha256_of(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_manifest(content: bytes) -> Mapping[str, Any]:
    """A manifest out of its bytes.

    Raises:
        ValueError: it is none, or of a format this program does not know.
    """
    found = json.loads(content)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError("no manifest of an edition of this format")
    if not isinstance(found.get("documents"), list):
        raise ValueError("a manifest without documents")
    return found


def differences(
    content: bytes, sha256: str, documents: Iterable[tuple[str, bytes]]
) -> Iterable[Difference]:
    """What of an edition is not as it was frozen; nothing where all of it is.

    Args:
        content: bytes of the manifest.
        sha256: that were printed or noted elsewhere; empty where nobody knows.
        documents: names and bytes of its parts, each looked at once.

    Raises:
        ValueError: the manifest is none.
    """
    whole = sha256_of(content)
    if sha256 and whole != sha256.lower():
        yield Difference(NAME, sha256, whole)
    try:
        said = {one["name"]: one["sha256"] for one in read_manifest(content)["documents"]}
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a whole manifest: {error}") from error
    for name, part in documents:
        expected = said.pop(name, "-")
        found = sha256_of(part)
        if found != expected:
            yield Difference(name, str(expected), found)
    for name, expected in said.items():
        yield Difference(name, str(expected), "-")


def _step(step: EditionStep) -> dict[str, Any]:
    return {
        "round": step.round,
        "before": None if step.before is None else step.before.value,
        "after": step.after.value,
        "at": _moment(step.at),
        "by": step.by_name,
        "comment": step.comment,
    }


def _appeal(appeal: EditionAppeal, files: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "round": appeal.round,
        "school": appeal.school_code,
        "filed_at": _moment(appeal.filed_at),
        "filed_by": appeal.filed_name,
        "text": appeal.text,
        "files": [{"name": name, "sha256": digest} for name, digest in files],
        "state": appeal.state.value,
        "remedy": None if appeal.remedy is None else appeal.remedy.value,
        "answer": appeal.answer,
        "answered_by": appeal.answered_name,
        "answered_at": None if appeal.answered_at is None else _moment(appeal.answered_at),
    }


def _moment(at: Any) -> str:
    text: str = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return text
