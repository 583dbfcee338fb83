"""The device families on MQTT that speak a layout of their own: one YAML file each."""

import atexit
import gc

from drivers.mqtt.profiles.loader import (
    PROFILES,
    ProfileError,
    Profiles,
    is_profile,
    profiles_with,
    read_profile,
)
from drivers.mqtt.profiles.model import Profile

__all__ = [
    "PROFILES",
    "Profile",
    "ProfileError",
    "Profiles",
    "is_profile",
    "profiles_with",
    "read_profile",
]

# msgspec's constrained types can crash in the interpreter's very last collection (its issue 717,
# seen with 0.22 and Python 3.11): a command would end with a signal instead of its exit code.
atexit.register(gc.freeze)
