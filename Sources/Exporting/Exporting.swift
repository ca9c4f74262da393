// Exporting: see README.md in this folder.
