"""Numbers over time, and windows of them."""
