"""Alembic's environment of the plugin's own schema."""
