"""ORCID's messages as typed values, one module a section, with the rules that ORCID applies to them."""
