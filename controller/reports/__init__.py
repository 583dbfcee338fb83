"""Reports a bureau signs: what they hold, and the files they are printed as."""
