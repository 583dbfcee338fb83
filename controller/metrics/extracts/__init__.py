"""Samples of often asked series, file by file, as questions read them."""
