"""Authenticated iDs and CRediT roles in metadata that goes to Crossref."""
