"""What loaders yield, and how items are numbered, sorted, padded and put together."""
