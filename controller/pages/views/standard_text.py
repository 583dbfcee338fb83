"""A standard of one's own as YAML to edit: written without what says nothing, read line by line."""

from collections.abc import Mapping
from typing import Any

import msgspec
import yaml

from drivers.plain_yaml import PlainLoader
from inventory.standards.errors import StandardFaulty
from inventory.standards.model import Question, Scope, Standard, Target

#: Characters; a hundred targets with long quotes have fewer.
LONGEST = 200_000
_WIDTH = 100


def yaml_of(standard: Standard) -> str:
    """The text of a standard; fields that say nothing are left out."""
    return yaml.safe_dump(
        _told(standard), allow_unicode=True, sort_keys=False, width=_WIDTH, indent=2
    )


def document_of(text: str) -> Mapping[str, Any]:
    """What a text says.

    Raises:
        StandardFaulty: it is no YAML, or no mapping; tells where.
    """
    if len(text) > LONGEST:
        raise StandardFaulty([f"{len(text)} > {LONGEST}"])
    try:
        document = yaml.load(text, Loader=PlainLoader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = "" if mark is None else f"{mark.line + 1}:{mark.column + 1}: "
        raise StandardFaulty([f"{where}{error.problem or error}"]) from None
    except (yaml.YAMLError, ValueError) as error:
        raise StandardFaulty([str(error).replace("\n", " ")[:200]]) from None
    if not isinstance(document, Mapping):
        raise StandardFaulty(["a standard is a mapping"])
    return document


def _told(part: Standard | Target | Question | Scope) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in msgspec.structs.fields(part):
        value = getattr(part, field.name)
        if value == field.default or value in ((), None, ""):
            continue
        if isinstance(value, Scope):
            made[field.name] = _told(value)
        elif isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
            made[field.name] = [_told(one) for one in value]
        else:
            made[field.name] = msgspec.to_builtins(value, str_keys=True)
    return made
