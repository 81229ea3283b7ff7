"""Word vectors that somebody trained: from a text file, or from a package that holds them."""
