"""Devices as columns: what planning asks of 200,000 of them at once, read live or kept ready.

A register of a few thousand devices is read whenever somebody asks. Above that a job keeps the
devices of each school packed (:mod:`inventory.packed.keeping`), and who plans for a city reads two
thousand rows in place of 200,000. Decision record 0050.
"""
