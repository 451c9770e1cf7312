"""Writes owed to records: planned from the stored metadata, sent at ORCID's pace, answered by one policy."""
