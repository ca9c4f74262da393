// Digest: see README.md in this folder.
