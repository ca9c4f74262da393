// AgentService: see README.md in this folder.
