"""Pure rules and values: no I/O, no clock, no chance. Start reading in `model`."""
