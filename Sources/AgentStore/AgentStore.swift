// AgentStore: see README.md in this folder.
