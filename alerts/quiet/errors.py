"""What maintenance and silences refuse beside ``inventory.errors``.

* ``Conflict`` (inventory)
    * ``OverAlready``: it has ended, or was undone.
"""

from alerts.messages import N_
from inventory.errors import Conflict


class OverAlready(Conflict):
    """It has ended, or was undone."""

    code = "quiet_time_over"
    message = N_("This has ended already.")
