"""A record and its files; the machine and the plan that stand beside it. Knows no task and no configuration."""
