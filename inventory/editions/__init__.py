"""Editions of reports (报告版本): how they are opened, appealed against, signed, and kept for ever.

``flow`` says which step follows which, ``desk`` takes them, ``appeals`` are the schools' words,
``manifest`` is what a frozen edition's hash is of.
"""
