"""Why a box cannot do its work, as an exception that has a word for it."""


class StartError(Exception):
    """A role cannot start, for the reason of `word`, of the string table: try again."""

    def __init__(self, word: str, text: str) -> None:
        """Say so to the display, and to whoever watches the cable."""
        super().__init__(text)
        self.word = word
