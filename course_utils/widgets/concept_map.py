"""What the concept map of lesson 99 holds: ideas, links, ten blanks, and a word on every choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: What kinds of ideas there are, and the sign of each.
KINDS = {
    "data": "●",
    "machine": "▲",
    "judging": "◆",
    "service": "■",
    "time": "↻",
}
NUMBERS = "①②③④⑤⑥⑦⑧⑨⑩"


@dataclass(frozen=True)
class Idea:
    """A node: its name, its kind, and its place in a grid of four columns and five rows."""

    name: str
    kind: str
    column: int
    row: int


@dataclass(frozen=True)
class Link:
    """An arrow from one idea to another that reads as a sentence: source, label, target."""

    source: str
    label: str
    target: str


@dataclass(frozen=True)
class Choice:
    """Something that could be put into a blank, and what is said to it."""

    text: str
    feedback: str
    correct: bool = False
    misconception: str = ""


@dataclass(frozen=True)
class Blank:
    """A gap of the map: the label of a link, or the name of an idea.

    Parameters
    ----------
    number : int
        1 to 10, drawn as ①.
    where : (str, str) or str
        Source and target of the link, or the name of the idea.
    choices : tuple of Choice
        One of them is correct.
    """

    number: int
    where: tuple[str, str] | str
    choices: tuple[Choice, ...]

    @property
    def sign(self) -> str:
        """① for the first."""
        return NUMBERS[self.number - 1]

    @property
    def answer(self) -> str:
        """The text that belongs here."""
        return next(choice.text for choice in self.choices if choice.correct)


IDEAS = (
    Idea("cold start", "data", 0, 0),
    Idea("pairs of columns", "machine", 1, 0),
    Idea("factors V", "machine", 2, 0),
    Idea("log-loss", "judging", 3, 0),
    Idea("sparsity", "data", 0, 1),
    Idea("one-hot row", "data", 1, 1),
    Idea("RecordIO", "service", 2, 1),
    Idea("score", "machine", 3, 1),
    Idea("ratings", "data", 0, 2),
    Idea("id map", "data", 1, 2),
    Idea("training job", "service", 2, 2),
    Idea("top-N list", "judging", 3, 2),
    Idea("drift", "time", 0, 3),
    Idea("endpoint", "service", 1, 3),
    Idea("model artefact", "service", 2, 3),
    Idea("personalisation", "judging", 3, 3),
    Idea("rebuild", "time", 0, 4),
    Idea("challenger", "time", 1, 4),
    Idea("bill", "service", 2, 4),
    Idea("bestseller list", "judging", 3, 4),
)

LINKS = (
    Link("ratings", "leave most pairs unknown; that is", "sparsity"),
    Link("sparsity", "at its worst is", "cold start"),
    Link("cold start", "is eased by genres in the", "one-hot row"),
    Link("ratings", "hand their ids to the", "id map"),
    Link("id map", "gives columns to the", "one-hot row"),
    Link("one-hot row", "has non-zeros, which meet in", "pairs of columns"),
    Link("pairs of columns", "get weights from products of", "factors V"),
    Link("factors V", "give, in linear time, the", "score"),
    Link("score", "of a click is judged by", "log-loss"),
    Link("score", "sorted, without what was seen, makes the", "top-N list"),
    Link("top-N list", "compared between users, measures", "personalisation"),
    Link("bestseller list", "is the same for all, so has no", "personalisation"),
    Link("one-hot row", "without zeros, as float32, goes into", "RecordIO"),
    Link("RecordIO", "in S3, shuffled, feeds the", "training job"),
    Link("training job", "writes the", "model artefact"),
    Link("model artefact", "answers through the", "endpoint"),
    Link("endpoint", "knows columns only, so needs the", "id map"),
    Link("endpoint", "until deleted, adds to the", "bill"),
    Link("ratings", "by new users, of new films, bring", "drift"),
    Link("drift", "and its cost, set against the bill, time the", "rebuild"),
    Link("rebuild", "makes a", "challenger"),
    Link("challenger", "if better, moves with its own map to the", "endpoint"),
)

BLANKS = (
    Blank(
        1,
        ("ratings", "sparsity"),
        (
            Choice(
                "hold zeros for dislikes; that is",
                "A blank is not a zero. Then nearly everybody would dislike nearly everything (lesson 01).",
                misconception="M01",
            ),
            Choice(
                "leave most pairs unknown; that is",
                "Few of all pairs are ever rated, in any real table.",
                correct=True,
            ),
            Choice(
                "grow with users; that ends",
                "Each new user brings a row of blanks, too: the filled share stays (lesson 01).",
                misconception="M02",
            ),
        ),
    ),
    Blank(
        2,
        "id map",
        (
            Choice(
                "scale of numbers",
                "User 333 is not three times user 111. An id is a name (lesson 05).",
                misconception="M17",
            ),
            Choice(
                "list of titles",
                "Titles are looked up by id, at the end, for people. What gives each id its column?",
            ),
            Choice(
                "id map",
                "Four arrows depend on it: it is the smallest file of all, and the one that gets lost.",
                correct=True,
            ),
        ),
    ),
    Blank(
        3,
        ("one-hot row", "pairs of columns"),
        (
            Choice("has non-zeros, which meet in", "Zeros take their pairs out of the sum.", correct=True),
            Choice(
                "has zeros, which take time in",
                "A pair with a zero adds nothing and need not be visited (lesson 03).",
                misconception="M12",
            ),
            Choice(
                "has two users, who meet in",
                "A row has one user. Two users never meet in a row, only through V (lesson 02).",
                misconception="M07",
            ),
        ),
    ),
    Blank(
        4,
        ("pairs of columns", "factors V"),
        (
            Choice(
                "have a weight each, beside",
                "That is a polynomial model: a weight for each pair, learned by none (lesson 03).",
                misconception="M06",
            ),
            Choice(
                "get weights from products of",
                "So a pair that nobody has seen has a weight all the same.",
                correct=True,
            ),
            Choice(
                "are what PCA finds in",
                "PCA looks at a full table without answers. These are fitted to ratings (lesson 03).",
                misconception="M11",
            ),
        ),
    ),
    Blank(
        5,
        "log-loss",
        (
            Choice("log-loss", "It asks how probable the model held what came true.", correct=True),
            Choice(
                "accuracy",
                "With 2 clicks in 100, the model that always says no is right 98 times (lesson 07).",
                misconception="M24",
            ),
            Choice(
                "RMSE in stars",
                "For stars, yes. A click is 0 or 1, and the score is its probability (lesson 07).",
            ),
        ),
    ),
    Blank(
        6,
        ("top-N list", "personalisation"),
        (
            Choice(
                "with a low RMSE, proves",
                "A low error goes well with one list for all (lesson 06).",
                misconception="M21",
            ),
            Choice(
                "full of famous films, shows",
                "Famous films are what needs no recommender (lesson 06).",
                misconception="M22",
            ),
            Choice(
                "compared between users, measures",
                "It takes two lists to say anything about one.",
                correct=True,
            ),
        ),
    ),
    Blank(
        7,
        ("one-hot row", "RecordIO"),
        (
            Choice(
                "compressed, goes into",
                "RecordIO compresses nothing; gzip shrinks it afterwards (lesson 08).",
                misconception="M27",
            ),
            Choice(
                "without zeros, as float32, goes into",
                "Columns and values of the non-zeros, four bytes a value.",
                correct=True,
            ),
            Choice(
                "with its ids spelt out, goes into",
                "Records hold columns. No id of any user ever travels (lesson 08).",
                misconception="M29",
            ),
        ),
    ),
    Blank(
        8,
        ("endpoint", "id map"),
        (
            Choice(
                "knows columns only, so needs the",
                "Whoever asks it translates first.",
                correct=True,
            ),
            Choice(
                "knows the users, so replaces the",
                "Send 333, and it answers for column 333, whoever that is (lesson 08).",
                misconception="M29",
            ),
            Choice(
                "makes, for each request, the",
                "A new map gives columns a new meaning; the model knows the old one (lesson 05).",
                misconception="M18",
            ),
        ),
    ),
    Blank(
        9,
        ("drift", "rebuild"),
        (
            Choice(
                "is healed by an hourly",
                "Each rebuild has a bill, and the last ones bring next to nothing (lesson 10).",
                misconception="M34",
            ),
            Choice(
                "is learned without any",
                "Between two rebuilds the model learns nothing at all (lesson 10).",
                misconception="M33",
            ),
            Choice(
                "and its cost, set against the bill, time the",
                "Two numbers that can be measured, and so a date that can be defended.",
                correct=True,
            ),
        ),
    ),
    Blank(
        10,
        ("challenger", "endpoint"),
        (
            Choice(
                "with last month's map, moves to the",
                "Then every column means somebody else, and no error is raised (lesson 10).",
                misconception="M35",
            ),
            Choice(
                "if better, moves with its own map to the",
                "Judged on the same later rows as the champion; and the champion is kept, to go back to.",
                correct=True,
            ),
            Choice(
                "being newer, moves at once to the",
                "Newer is not better until both were judged on the same rows (lesson 10).",
            ),
        ),
    ),
)

BY_NUMBER = {blank.number: blank for blank in BLANKS}


def blank_of(place: tuple[str, str] | str) -> Blank | None:
    """The blank at a link or an idea, if there is one there."""
    return next((blank for blank in BLANKS if blank.where == place), None)


def chosen(blank: Blank, placed: Mapping[int, str]) -> Choice | None:
    """What was put into a blank."""
    text = placed.get(blank.number)
    return next((choice for choice in blank.choices if choice.text == text), None)


def solved(placed: Mapping[int, str]) -> tuple[int, ...]:
    """Numbers of the blanks that hold what belongs there."""
    return tuple(blank.number for blank in BLANKS if placed.get(blank.number) == blank.answer)


def next_open(placed: Mapping[int, str], after: int) -> int | None:
    """The first blank after this one, and then from the start, that is not solved; None when all are."""
    done = solved(placed)
    order = [*range(after + 1, len(BLANKS) + 1), *range(1, after + 1)]
    return next((number for number in order if number not in done), None)


def shown(place: tuple[str, str] | str, text: str, placed: Mapping[int, str]) -> str:
    """A label as it reads now: ``① ?`` while nothing is there, then its text with ✔ or ✘."""
    blank = blank_of(place)
    if blank is None:
        return text
    choice = chosen(blank, placed)
    return (
        f"{blank.sign} ?"
        if choice is None
        else f"{blank.sign} {choice.text} {'✔' if choice.correct else '✘'}"
    )


def question(blank: Blank) -> str:
    """A blank in words: what stands before it and behind it."""
    if isinstance(blank.where, str):
        into = [f"{link.source} {link.label} …" for link in LINKS if link.target == blank.where]
        return f"{blank.sign} {into[0]}"
    source, target = blank.where
    return f"{blank.sign} {source} … {target}"


def sentences(placed: Mapping[int, str]) -> list[str]:
    """Every link of the map, read aloud."""
    return [
        " ".join(
            (
                shown(link.source, link.source, placed),
                f"— {shown((link.source, link.target), link.label, placed)} →",
                shown(link.target, link.target, placed),
            )
        )
        for link in LINKS
    ]


def progress(placed: Mapping[int, str]) -> str:
    """How far the map is, in one sentence."""
    done, tried = len(solved(placed)), len(placed)
    if done == len(BLANKS):
        return "All ten blanks are filled. Now read the map aloud, from ratings to challenger."
    wrong = tried - done
    return f"{done} of {len(BLANKS)} blanks are right" + (f", {wrong} to think over." if wrong else ".")


def everything_right() -> dict[int, str]:
    """The finished map."""
    return {blank.number: blank.answer for blank in BLANKS}
