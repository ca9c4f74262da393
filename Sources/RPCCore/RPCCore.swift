// RPCCore: see README.md in this folder.
