"""Editions of reports at work: computed and printed in the background, verified, handed out.

What the steps are and who may take them is ``inventory.editions``; this is what they need of the
metric store, of printing, and of permissions.
"""
