"""Who has connected: attempts, connections, invitations."""
