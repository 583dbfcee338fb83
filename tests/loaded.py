"""What every controller loads before it answers, for processes that are forked from here."""

import gc
from importlib import import_module

from controller.memory import all_of_it_stays

_MODULES = (
    "controller.cli",
    "controller.workers",
    "controller.server",
    "controller.app",
    "controller.stores",
    "controller.metrics.duckdb",
)

with all_of_it_stays():
    for _name in _MODULES:
        import_module(_name)
    for _part in import_module("controller.routes").every_route():
        list(_part.effective_route_contexts())
gc.freeze()  # what is never looked through is never copied
