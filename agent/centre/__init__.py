"""The box and its centre: how it joined, and what it is to do."""
