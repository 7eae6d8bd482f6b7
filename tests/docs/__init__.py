"""README and docs hold what the code does: names exist, tables agree, links resolve, examples run."""
