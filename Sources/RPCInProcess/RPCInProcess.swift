// RPCInProcess: see README.md in this folder.
