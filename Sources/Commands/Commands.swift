// Commands: see README.md in this folder.
