"""Machines that others look after, each by the library that its users use: what takes jobs there, and what became of them."""
