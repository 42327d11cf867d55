"""Who is who in a team and who can read what: keys, certificates, sealing. No network, no disk."""
