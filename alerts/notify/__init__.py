"""Notifications: what happened, written where it was decided, told to whoever is to know.

``outbox`` writes what happened in the transaction that decided it; ``planning`` makes one notice of
it for everybody who is to be told; ``claims`` hands due notices to one controller at a time;
``dispatch`` takes them to their channels, each in a thread of its own.
"""
