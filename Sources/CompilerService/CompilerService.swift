// CompilerService: see README.md in this folder.
