"""What is known of device families: one YAML each, checked, looked up by sysObjectID."""

from drivers.definitions.loader import (
    DefinitionError,
    Definitions,
    builtin_definitions,
    dotted,
    located,
    read_definition,
    with_installed,
)
from drivers.definitions.model import Definition, Gauge, IdentityRules, Source

__all__ = [
    "Definition",
    "DefinitionError",
    "Definitions",
    "Gauge",
    "IdentityRules",
    "Source",
    "builtin_definitions",
    "dotted",
    "located",
    "read_definition",
    "with_installed",
]
