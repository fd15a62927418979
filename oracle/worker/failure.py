"""Why something could not be scored."""


class Failure(Exception):
    """A reason that can be counted (the same words every time) and the detail of this one case."""

    def __init__(self, reason, detail=""):
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = one_line(detail)


def one_line(text, most=200):
    """The text without line breaks, cut to a readable length."""
    return " ".join(str(text).split())[:most]
