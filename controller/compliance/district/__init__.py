"""What a bureau's months say, out of the verdicts that are kept of its schools."""
