"""Storm control at the top: one alert of a bureau, and those of its schools behind it."""
