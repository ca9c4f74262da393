// SchemaMapping: see README.md in this folder.
