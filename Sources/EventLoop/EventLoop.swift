// EventLoop: see README.md in this folder.
