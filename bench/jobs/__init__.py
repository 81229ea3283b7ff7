"""One job: its identity, its run on one or many devices, its record."""
