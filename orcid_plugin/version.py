"""The version, read by setup.cfg and sent to ORCID in the User-Agent."""

VERSION = "0.1.0"
