"""What nets are put together from."""
