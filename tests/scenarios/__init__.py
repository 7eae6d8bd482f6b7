"""What several modules do together, over several loads."""
