"""Sequences of vectors: features of speech, recordings."""
