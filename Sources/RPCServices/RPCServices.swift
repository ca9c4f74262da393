// RPCServices: see README.md in this folder.
