"""Reads profile files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from drivers.mqtt.profiles.check import problems_of
from drivers.mqtt.profiles.model import Profile
from drivers.struct_types import look_into

FOLDER = Path(__file__).parent
#: Where a folder of one's own definitions keeps MQTT profiles.
OWN_FOLDER = "mqtt"
_LONGEST_FILE = 256 * 1024
# Only the plain safe loader is there when PyYAML was built without libyaml.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Profiles = Mapping[str, Profile]


class ProfileError(ValueError):
    """A profile file cannot be used: which file, and why."""


def is_profile(path: Path) -> bool:
    """Whether a YAML file means to be a profile: it says where the ``state`` is.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        document = _read(path)
    except ProfileError:
        return False
    return isinstance(document, dict) and "state" in document


def _read(path: Path) -> object:
    if path.stat().st_size > _LONGEST_FILE:
        raise ProfileError(f"{path}: larger than {_LONGEST_FILE} bytes")
    try:
        # A SafeLoader by either name: no object is ever built from a tag.
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: not YAML: {error}") from None


def read_profile(path: Path) -> Profile:
    """One profile file.

    Raises:
        ProfileError: it is not YAML, does not fit the schema, or something in it is wrong.
    """
    try:
        profile = msgspec.convert(_read(path), Profile)
    except msgspec.ValidationError as error:
        raise ProfileError(f"{path}: {error}") from None
    problems = problems_of(profile)
    if problems:
        raise ProfileError("\n".join(f"{path}: {problem}" for problem in problems))
    return profile


def _builtin() -> Profiles:
    found = [read_profile(path) for path in sorted(FOLDER.glob("*.yaml"))]
    return {one.name: one for one in found}


#: The profiles that come with the product.
PROFILES: Final[Profiles] = _builtin()


def profiles_with(folder: Path | None) -> Profiles:
    """The built-in profiles, and over them those in ``mqtt/*.yaml`` of a folder.

    Raises:
        ProfileError: a file in the folder is not a profile.
    """
    if folder is None:
        return PROFILES
    own = [read_profile(path) for path in sorted((folder / OWN_FOLDER).glob("*.yaml"))]
    return {**PROFILES, **{one.name: one for one in own}}


look_into(Profile)
