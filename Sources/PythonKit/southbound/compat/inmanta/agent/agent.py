"""An agent."""


class AgentInstance:
    """An agent."""
