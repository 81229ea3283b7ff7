"""The speed pass: a raw loop, nothing beside it."""
