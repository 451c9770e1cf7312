"""A stand-in ORCID Registry for development, demonstrations and tests.

with serve(Registry.seeded()) as server:
    server.url, server.registry.faults, server.registry.journal
"""

from orcid_plugin.emulator.faults import Fault
from orcid_plugin.emulator.server import Server, serve
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Client, Email, Researcher

__all__ = ["Client", "Email", "Fault", "Registry", "Researcher", "Server", "serve"]
