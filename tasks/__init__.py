"""What is measured: one file a task, made of data, a net and metrics from `bench`."""
