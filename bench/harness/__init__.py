"""What the targets are measured with."""
