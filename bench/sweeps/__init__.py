"""Many jobs: expanded, checked, launched, searched, and compared with the reference results."""
