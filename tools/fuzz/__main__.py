"""``python -m tools.fuzz [KIND ...] [--inputs N] [--seed K] [--only STEP]``: counts by kind."""

import argparse
import json
import sys
from importlib import import_module

from tools.fuzz.harness import Run, run

#: Kind to where its target is, and how many inputs a campaign gives it.
KINDS: dict[str, tuple[str, int]] = {
    "snmp_codec": ("tools.fuzz.snmp:Codec", 500_000),
    "snmp_engine": ("tools.fuzz.snmp:Engine", 150_000),
    "snmp_recordings": ("tools.fuzz.snmp:Recordings", 50_000),
    "mqtt": ("tools.fuzz.mqtt:Messages", 150_000),
    "templates": ("tools.fuzz.mqtt:Templates", 100_000),
    "cli": ("tools.fuzz.cli:Outputs", 30_000),
    "masking": ("tools.fuzz.cli:Masking", 60_000),
    "traps": ("tools.fuzz.traps:Datagrams", 60_000),
    "pjlink": ("tools.fuzz.projector:Answers", 60_000),
}


def shown(done: Run) -> str:
    """One line of the report, as JSON."""
    return json.dumps(
        {
            "kind": done.kind,
            "inputs": done.inputs,
            "seconds": round(done.seconds, 1),
            "slowest_step_seconds": round(done.slowest, 3),
            "peak_rss_megabytes": done.peak >> 20,
            "grown_megabytes": done.grown >> 20,
            "outcomes": dict(done.outcomes),
        }
    )


def main() -> int:
    """Run the kinds one after the other in this process."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--inputs", type=int, help="of each kind; else a campaign's share")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, metavar="STEP", help="one step, as a failure names it")
    arguments = parser.parse_args()
    if unknown := set(arguments.kinds) - set(KINDS):
        parser.error(f"no such kind: {', '.join(sorted(unknown))}")
    for kind in arguments.kinds or KINDS:
        place, share = KINDS[kind]
        module, name = place.split(":")
        target = getattr(import_module(module), name)()
        try:
            done = run(kind, target, arguments.inputs or share, arguments.seed, arguments.only)
        finally:
            target.close()
        done.outcomes = target.outcomes
        print(shown(done), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
