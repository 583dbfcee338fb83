"""``fleet demo``: a simulated county, with a real controller and a real agent watching over it."""
