// Resources: see README.md in this folder.
