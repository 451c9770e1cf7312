"""The blueprint that a host mounts."""
