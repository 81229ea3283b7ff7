"""Running text and lists of words, as symbols or words in order."""
