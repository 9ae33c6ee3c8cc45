"""How jobs are started, set up and timed."""
