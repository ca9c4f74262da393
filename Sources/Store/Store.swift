// Store: see README.md in this folder.
