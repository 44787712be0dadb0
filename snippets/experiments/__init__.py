"""What takes longer than seconds: each file is a command that answers ``--help`` and writes to ``results/``."""
