// Model: see README.md in this folder.
