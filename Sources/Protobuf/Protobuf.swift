// Protobuf: see README.md in this folder.
