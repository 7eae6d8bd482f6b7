"""What each billed meter has come to, and who drives it. See ``docs/report.md``."""
