// StandardHandlers: see README.md in this folder.
