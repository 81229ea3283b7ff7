"""Pairs of a text and what it becomes: translations, spellings with pronunciations, recordings with words."""
