// ProjectFiles: see README.md in this folder.
