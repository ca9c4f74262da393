// HandlerHost: see README.md in this folder.
