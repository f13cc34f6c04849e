"""Who may use a server, for what, and how much: sign-in, visitors, quotas."""
