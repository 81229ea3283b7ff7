"""What is counted and not trained: hidden Markov models, n-grams."""
