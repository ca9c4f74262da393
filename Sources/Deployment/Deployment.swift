// Deployment: see README.md in this folder.
