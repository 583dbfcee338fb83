"""Mutated inputs for everything the drivers read from devices.

``python -m tools.fuzz`` runs every kind, ``python -m tools.fuzz cli --inputs 5000`` one of them.
"""
