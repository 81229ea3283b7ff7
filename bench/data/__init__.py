"""From a folder, a hub or the running Python to batches: sources, readers, vocabularies, batches."""
