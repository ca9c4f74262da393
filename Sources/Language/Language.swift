// Language: see README.md in this folder.
