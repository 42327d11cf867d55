"""The web, asked on the reader's behalf: allowed images, unsubscribing, keys of signers."""
