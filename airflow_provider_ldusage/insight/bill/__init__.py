"""The bill: each meter to date and expected, and who drives it. See ``docs/bill.md`` and ``docs/owners.md``."""
