"""What is out of date: SDKs near their end of life, flags that nobody evaluates. See ``docs/hygiene.md``."""
