"""Sequences of one class each: labelled text, images by row."""
