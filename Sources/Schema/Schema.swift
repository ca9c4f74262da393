// Schema: see README.md in this folder.
