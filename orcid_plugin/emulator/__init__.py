"""A stand-in ORCID Registry for development, demonstrations and tests."""
