"""Pieces of music as frames of keys: piano rolls."""
