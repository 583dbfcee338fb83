"""Faults told by people without an account: links on labels, what was told, and who hears back."""
