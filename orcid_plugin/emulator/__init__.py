"""A stand-in ORCID Registry for development, demonstrations and tests.

with serve(Registry.seeded()) as server:
    server.url, server.registry.faults, server.registry.journal
"""

from orcid_plugin.emulator.certificates import Certificate
from orcid_plugin.emulator.faults import Fault
from orcid_plugin.emulator.hosts import HostNames
from orcid_plugin.emulator.limits import Limits
from orcid_plugin.emulator.server import Server, serve
from orcid_plugin.emulator.state import Registry
from orcid_plugin.emulator.values import Client, Email, Researcher

__all__ = [
    "Certificate",
    "Client",
    "Email",
    "Fault",
    "HostNames",
    "Limits",
    "Registry",
    "Researcher",
    "Server",
    "serve",
]
