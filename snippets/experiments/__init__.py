"""What takes longer than seconds: each file writes its numbers to ``results/``."""
