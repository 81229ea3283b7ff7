"""One topology a file: what flows into it, its loss, its steps."""
