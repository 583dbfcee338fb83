"""What was broken, why it broke and what helped: codes that figures can count."""

from enum import StrEnum


class FaultKind(StrEnum):
    """What somebody sees of a fault."""

    power = "power"
    picture = "picture"
    touch = "touch"
    sound = "sound"
    network = "network"
    software = "software"
    printing = "printing"
    damage = "damage"
    other = "other"


class Cause(StrEnum):
    """Why it broke."""

    wear = "wear"
    part_failed = "part_failed"
    cabling = "cabling"
    power_supply = "power_supply"
    configuration = "configuration"
    software = "software"
    handling = "handling"
    provider = "provider"
    surroundings = "surroundings"
    not_found = "not_found"


class Remedy(StrEnum):
    """What helped."""

    restarted = "restarted"
    reconfigured = "reconfigured"
    updated = "updated"
    cleaned = "cleaned"
    cabling = "cabling"
    part_replaced = "part_replaced"
    device_replaced = "device_replaced"
    repaired_outside = "repaired_outside"
    provider = "provider"
    explained = "explained"
    nothing = "nothing"
