"""ORCID for publishing platforms and repositories, as a Flask blueprint that a host mounts."""
