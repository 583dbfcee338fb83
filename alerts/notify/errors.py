"""What channels refuse; the rest is ``inventory.errors``.

* ``Invalid`` (inventory)
    * ``ChannelUnfit``: nothing can be sent to such an address.
* ``Conflict`` (inventory)
    * ``TooManyChannels``: there are more than anybody reads.
"""

from alerts.messages import N_
from inventory.errors import Conflict, Invalid


class ChannelUnfit(Invalid):
    """Nothing can be sent to such an address; the address itself is not told again."""

    code = "channel_unfit"
    message = N_("Nothing can be sent to this address: {reason}.")


class TooManyChannels(Conflict):
    """An owner has so many channels that another one would be read by nobody."""

    code = "too_many_channels"
    message = N_("There are {count} channels already.")
