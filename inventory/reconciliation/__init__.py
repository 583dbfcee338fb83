"""Reconciliation: where the network and the register contradict each other, as a work list."""
