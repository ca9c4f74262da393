// ServerService: see README.md in this folder.
