// HTTP2: see README.md in this folder.
