"""How far schools are equipped and connected: dated shares and ratios with what stands behind."""
