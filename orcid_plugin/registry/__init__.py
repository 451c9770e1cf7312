"""ORCID as a client sees it: OAuth, the member API, messages and their encodings."""
