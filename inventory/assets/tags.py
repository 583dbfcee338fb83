"""Tags of a device: what its fields of one's own say (``inventory.assets.custom``)."""

import json


def tags_of(custom_fields: str) -> frozenset[str]:
    """Texts and choices that are filled in, whichever field they stand in.

    Args:
        custom_fields: as :class:`inventory.models.Device` keeps them.
    """
    if custom_fields == "{}":
        return frozenset()  # nearly all devices: not worth a parser
    values = json.loads(custom_fields).values()
    return frozenset(one for one in values if isinstance(one, str) and one)
