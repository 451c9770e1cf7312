"""Scholarly metadata as pure values; knows neither Flask nor the database nor ORCID's messages."""
