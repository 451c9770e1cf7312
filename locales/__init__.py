"""gettext catalogues of the plugin."""
