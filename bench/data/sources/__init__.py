"""Where data come from: files, the hub, what every installation has; how rows are chosen and splits drawn."""
