"""Verdicts as rows of a table: one for each target and direction of each school. Pure."""

from collections.abc import Iterator

from controller.compliance.results import SchoolVerdict

#: Rates in Mbit/s, shares 0 to 1, latency in seconds.
HEADINGS = (
    "school",
    "school_state",
    "standard",
    "version",
    "target",
    "quote",
    "target_mbps",
    "direction",
    "target_state",
    "provisioned",
    "contracted_mbps",
    "delivered",
    "path",
    "tests",
    "passed",
    "passed_in_full",
    "delivered_in_full",
    "scheduled",
    "median_mbps",
    "reached_mbps",
    "available",
    "availability",
    "latency_seconds",
    "carried_mbps",
    "utilisation",
    "exclusions",
    "policy",
    "policy_adopted_on",
    "notes",
)
_MEGA = 1_000_000


def rows_of(verdict: SchoolVerdict) -> Iterator[tuple[object, ...]]:
    """Rows in the order of the headings; a school nothing is judged for has one."""
    head = (verdict.school, str(verdict.state or "no_target"))
    policy = (verdict.policy.name, verdict.policy.adopted_on or "")
    if not verdict.targets:
        empty = [""] * (len(HEADINGS) - len(head) - len(policy) - 1)
        pending = " ".join(f"{one.target}: {' '.join(one.pending)}" for one in verdict.pending)
        yield (*head, *empty, *policy, pending)
    for target in verdict.targets:
        demand = target.demand
        for contract, tests, use in zip(
            target.provisioned, target.delivered, target.sufficient, strict=True
        ):
            notes = (*verdict.notes, *target.notes, *contract.notes, *tests.notes)
            yield (
                *head,
                demand.standard,
                demand.version,
                demand.target,
                demand.quote,
                _mbps(demand.bits_per_second),
                str(contract.flow),
                str(target.state),
                str(contract.state),
                _mbps(contract.contracted),
                str(tests.state),
                str(tests.path or ""),
                tests.tests,
                tests.passed,
                tests.passed_in_full,
                str(tests.state_in_full),
                tests.scheduled,
                _mbps(tests.median),
                _mbps(tests.reached),
                str(target.available.state),
                _number(target.available.share),
                _number(target.available.latency),
                _mbps(use.carried),
                _number(use.utilisation),
                len(verdict.exclusions),
                *policy,
                " ".join((*notes, *target.available.notes)),
            )


def _mbps(bits: float | None) -> object:
    return "" if bits is None else round(bits / _MEGA, 3)


def _number(value: float | None) -> object:
    return "" if value is None else round(value, 5)
