"""What a host calls, one module a moment of its workflow."""
