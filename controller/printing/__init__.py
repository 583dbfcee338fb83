"""Documents people print and sign, set by typst, each beside its template."""
