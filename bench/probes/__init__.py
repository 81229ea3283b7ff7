"""Probes: what a trained net is asked beyond its score. `python -m bench.probe NAME` runs them."""
