"""SNMP traps and informs: heard by a child process, because pysnmp costs 10 MB to import.

``drivers.traps.listener.TrapListener`` is all a caller needs. A trap is a hint and never a fact:
anybody can send one, so whoever hears it asks the device itself.
"""
