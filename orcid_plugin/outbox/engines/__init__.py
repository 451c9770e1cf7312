"""When, and in which process, duties are done: by an embedded worker or by Celery."""
