"""What the pages "In your own model" show as whole files."""
