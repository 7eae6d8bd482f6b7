"""Whether the data is right: which days of which tables are there, and which were restated."""
