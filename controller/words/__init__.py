"""Words of the console: what enums, codes and events are called, as message ids to translate.

``terms`` holds what a glossary decides; the others are one for each desk.
"""
