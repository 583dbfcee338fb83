"""Finding 4: how much of the uplink is used in school hours. Pure.

It measures demand: low use never proves a bad line, so this finding never worsens a state. What
is carried for long is positive evidence of capacity.
"""

from controller.compliance.inputs import Demand, Method, Usage
from controller.compliance.results import Provisioned, Sufficient
from controller.compliance.states import State
from inventory.standards.model import Flow


def sufficient(
    demand: Demand, usage: Usage, contract: Provisioned, declared: int, method: Method
) -> Sufficient:
    """What the uplink carried in one direction, against contract and target."""
    carried = usage.up if contract.flow is Flow.up else usage.down
    expected = declared // usage.every
    share, of = method.presence.as_integer_ratio()
    enough = expected > 0 and usage.samples * of >= share * expected
    target = demand.bits_per_second
    return Sufficient(
        flow=contract.flow,
        state=State.compliant if carried is not None and enough else State.insufficient_data,
        carried=carried,
        utilisation=carried / contract.contracted if carried and contract.contracted else None,
        proves_capacity=carried is not None and target is not None and carried >= target,
        samples=usage.samples,
    )
