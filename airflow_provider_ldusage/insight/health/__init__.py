"""Whether the data is right: which days of which tables are there or restated. See ``docs/health.md``."""
