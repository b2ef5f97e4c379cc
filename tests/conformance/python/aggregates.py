"""Aggregates."""

from arrowbox import Column, Error, aggregate


def refuse(value):
    """What functions of every kind say of this number."""
    if value == 666:
        raise Error("666 is refused")


@aggregate
class Total:
    """The sum of numbers, null if there are none. Refuses 666."""

    sum: int = 0
    count: int = 0

    def update(self, value: int) -> None:
        refuse(value)
        self.sum += value
        self.count += 1

    def retract(self, value: int) -> None:
        self.sum -= value
        self.count -= 1

    def merge(self, other: "Total") -> None:
        self.sum += other.sum
        self.count += other.count

    def evaluate(self) -> int | None:
        return self.sum if self.count > 0 else None


@aggregate
class Longest:
    """The text of the most characters; of several the least."""

    text: str | None = None

    def update(self, text: str) -> None:
        if self.text is None or (-len(text), text) < (-len(self.text), self.text):
            self.text = text

    def merge(self, other: "Longest") -> None:
        if other.text is not None:
            self.update(other.text)

    def evaluate(self) -> str | None:
        return self.text


@aggregate
class Joined:
    """All texts in their order, with `;` behind each."""

    text: str = ""

    def update(self, text: str) -> None:
        self.text += text + ";"

    def merge(self, other: "Joined") -> None:
        self.text += other.text

    def evaluate(self) -> str:
        return self.text


@aggregate
class Balance:
    """The sum of numbers, less one for each null. Of whole columns."""

    sum: int = 0

    def update(self, value: Column[int]) -> None:
        self.sum += (value.sum() or 0) - value.null_count

    def retract(self, value: Column[int]) -> None:
        self.sum -= (value.sum() or 0) - value.null_count

    def merge(self, other: "Balance") -> None:
        self.sum += other.sum

    def evaluate(self) -> int:
        return self.sum


@aggregate
class Listed:
    """All texts in their order, `-` for null, with `;` behind each. Of whole columns."""

    text: str = ""

    def update(self, text: Column[str]) -> None:
        self.text += "".join(f"{each};" for each in text.fill_null("-").to_list())

    def merge(self, other: "Listed") -> None:
        self.text += other.text

    def evaluate(self) -> str:
        return self.text
