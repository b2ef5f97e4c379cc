"""Options, data and grants."""

from arrowbox import Error, Options, clock, random, scalar


@scalar
class Times:
    """`x` times `param.by`."""

    def __init__(self, options: Options):
        options.only("by")
        by = options.param("by", "1")
        try:
            self.by = int(by)
        except ValueError:
            raise Error(f"param.by is no number: {by}")

    def __call__(self, x: int) -> int:
        return x * self.by


@scalar
class Censored:
    """The text with `***` in place of the words in `data.words`."""

    def __init__(self, options: Options):
        options.only("words")
        words = options.data("words")
        if words is None:
            raise Error("data.words is missing")
        self.words = words.read_text().splitlines()

    def __call__(self, text: str) -> str:
        for word in self.words:
            text = text.replace(word, "***")
        return text


@scalar(volatility="volatile", grants=["clock"])
def this_year() -> int:
    return clock.now().year


@scalar(volatility="volatile", grants=["random"])
def drawn(bytes: int) -> int:
    return len(random.bytes(bytes))
