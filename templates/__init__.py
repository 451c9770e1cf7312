"""Pages, mails and macros of the plugin (Jinja)."""
