// ExporterService: see README.md in this folder.
