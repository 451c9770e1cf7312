"""Messages to ORCID's JSON and XML, and back."""
