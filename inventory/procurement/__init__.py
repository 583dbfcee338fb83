"""Equipment from the request to the scrap dealer: requests, projects, orders, moves, disposals.

Every step goes through a desk, which checks who may take it and whether it is its turn, and is
written into an append-only ledger (``ledger``) with person, role, time and comment. What was done
by mistake is taken back by a counter-entry, never by changing what was written.
"""
