"""Sentences with a tag a word, and the schemes that spell spans as tags."""
