"""The database: tables, sessions, encryption, migrations."""
