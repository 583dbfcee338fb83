"""What is made from the definitions: the JSON Schema for editors and the table in the docs."""

import json
import sys
from pathlib import Path

import msgspec

from drivers.definitions.loader import builtin_definitions
from drivers.definitions.model import Definition

SCHEMA = Path(__file__).parent / "schema.json"
DOCUMENT = Path(__file__).parents[2] / "docs/drivers.md"
_HEAD = """\
# Drivers

Made by `python -m drivers.definitions.documents` from `drivers/definitions/`; do not edit by hand.

A device family is one YAML file: which devices it covers (`match`), where its identity comes
from (`identity`), and which numbers mean what (`gauges`). Ports, components and neighbours are
read from the standard MIBs (IF-MIB, ENTITY-MIB, LLDP, CDP) for every device, so they need no
definition. Families share gauges of standard MIBs through `use`.

**Tried on** says how sure we are: *recording* means the family was read from recorded output of
a real device; *documentation* means it was written from the vendor's MIB alone.

Your own definitions go into a folder named by `FLEET_AGENT_DEFINITIONS` (or `--definitions`);
a file whose name equals a built-in one replaces it. The schema for editors is
`drivers/definitions/schema.json`; `fleet-agent drivers check FILE.yaml` validates a file and
`fleet-agent replay FILE.snmprec --definitions FOLDER` tries it on a recording.

A Python package brings drivers of its own through an entry point of the group
`campus_fleet.drivers`: a function without arguments that gives `drivers.definitions.Definition`
objects, or the path of a folder of such YAML files.

**Devices that no definition covers** are read by the standard MIBs (`generic`). Their vendor is the
owner of the enterprise number in sysObjectID (`drivers/definitions/vendors.yaml`, after IANA's
list), else entPhysicalMfgName; their kind is what sysDescr calls them, else what LLDP says they do
(bridge, access point, router), else a switch where eight ports or more are bridged, else unknown.
Of any device ENTITY-MIB gives model, serial number and version where its family is silent, then a
number behind "Version" or "S/N" in sysDescr.

**Cadence.** `cadence: tables` (the default) reads a gauge with the ports, `hour` once an hour,
`inventory` with the inventory. Gauges a device has no objects for are asked for with the
inventory only. An object may begin with `own` (the device's sysObjectID) or `parent` (that less
its last number), for makers that hang one MIB under every model.

| name | covers | kind | tried on | gauges |
|---|---|---|---|---|
"""


def schema_text() -> str:
    """The JSON Schema (2020-12) of a definition file."""
    return json.dumps(msgspec.json.schema(Definition), indent=1, ensure_ascii=False) + "\n"


def drivers_page() -> str:
    """``docs/drivers.md``."""
    known = builtin_definitions()
    lines = []
    for definition in sorted(known, key=lambda definition: definition.name):
        metrics = dict.fromkeys(
            f"`{gauge.metric}`" for gauge in known.gauges_of(definition, (1, 3))
        )
        lines.append(
            f"| `{definition.name}` | {definition.title} | {definition.identity.kind.value} "
            f"| {definition.proven} | {' '.join(metrics)} |"
        )
    return _HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    DOCUMENT.write_text(drivers_page(), encoding="utf-8")
    sys.stdout.write(f"{SCHEMA}\n{DOCUMENT}\n")
