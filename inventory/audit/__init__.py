"""Who changed which field of the register from what to what, when, and from where.

Where a request comes in, ``act_as`` says who asks; sessions of an ``audited`` factory then write
the trail and count revisions, whichever module does the writing.
"""

from inventory.audit.actor import Actor, act_as, actor_of, came_by
from inventory.audit.recording import record_changes
from inventory.audit.revisions import count_revisions
from inventory.database import SessionFactory

__all__ = ["Actor", "act_as", "actor_of", "audited", "came_by"]


def audited(factory: SessionFactory) -> SessionFactory:
    """The same factory, whose sessions write down what people change and count revisions."""
    record_changes(factory)
    count_revisions(factory)
    return factory
