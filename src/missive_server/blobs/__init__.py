"""Where sealed files lie: in a folder or in S3. Who may read which of them is not known here."""
