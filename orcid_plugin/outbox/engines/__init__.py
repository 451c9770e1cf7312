"""What wakes the outbox: an embedded worker, later Celery."""
