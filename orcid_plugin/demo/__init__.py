"""A small journal that mounts the plugin."""
