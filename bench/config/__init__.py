"""The configuration: its schema, its checks, how it is composed, and what is built from it."""
