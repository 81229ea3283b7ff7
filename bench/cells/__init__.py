"""What a recurrent cell is, and one cell a file."""
