"""Intervals over seeds, significance, resampling of test items."""
