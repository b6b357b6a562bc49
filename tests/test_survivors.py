"""What mutants of the core showed that no other test looked at."""
