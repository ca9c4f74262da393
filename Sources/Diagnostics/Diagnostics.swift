// Diagnostics: see README.md in this folder.
