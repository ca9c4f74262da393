// Processes: see README.md in this folder.
