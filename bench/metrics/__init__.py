"""Scores of outputs against references: sums over rows where a score is made of sums, and the metrics made of them."""
