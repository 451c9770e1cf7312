"""iDs and roles in outgoing metadata: amends a host's own deposit and changes nothing else in it."""
