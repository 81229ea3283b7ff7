"""How outputs are found: text symbol after symbol, tags of a sentence."""
