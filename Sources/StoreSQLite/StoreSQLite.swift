// StoreSQLite: see README.md in this folder.
