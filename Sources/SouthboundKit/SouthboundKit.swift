// SouthboundKit: see README.md in this folder.
