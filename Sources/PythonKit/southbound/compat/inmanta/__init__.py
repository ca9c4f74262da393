"""The names that modules import. Functions run over Southbound's protocol; nothing else is here."""

__version__ = "20.0.0"
COMPILER_VERSION = __version__
