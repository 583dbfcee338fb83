"""The device families on MQTT that speak a layout of their own: one YAML file each."""

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
