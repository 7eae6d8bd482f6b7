"""What loads have done: ``usage_loads`` and ``usage_restatements``. Several reports may add to one day's file."""
