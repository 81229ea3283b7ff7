"""What every cell runs over a sequence with: padding, packed steps, backpropagation through time by hand."""
