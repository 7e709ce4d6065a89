"""What is known of users or items besides who had what: tables of them, and what items have in common."""
