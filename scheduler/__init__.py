"""When things happen: what is due, in which order, and the `stet` command."""
