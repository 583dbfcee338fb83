"""Imports, exports and labels in the words of a reader; the register's side is inventory's."""
